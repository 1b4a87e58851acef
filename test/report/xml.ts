/** An element as a strict reader of XML sees it. */
export interface Node {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: (Node | string)[];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const NAME = /^[A-Za-z][\w:-]*/;
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udfff]/u;

/** Reads a whole document, without its DOCTYPE. Throws at everything that is not well-formed, as a browser's XML reader does. */
export function readXml(given: string): Node {
  let rest = given.replace(/^<!DOCTYPE html>\n/, '').trim();
  if (FORBIDDEN.test(rest)) throw new Error('a character that XML forbids');
  const root: Node = { name: '', attributes: {}, children: [] };
  const open = [root];
  const take = (pattern: RegExp): string => {
    const [found] = pattern.exec(rest) ?? [];
    if (found === undefined) throw new Error(`${String(pattern)} was expected at ${JSON.stringify(rest.slice(0, 60))}`);
    rest = rest.slice(found.length);
    return found;
  };
  while (rest !== '') {
    const top = open.at(-1) ?? root;
    if (!rest.startsWith('<')) {
      top.children.push(decoded(take(/^[^<]+/)));
    } else if (rest.startsWith('</')) {
      const name = take(/^<\/[\w:-]+>/).slice(2, -1);
      if (open.pop()?.name !== name) throw new Error(`</${name}> ends what is not open`);
    } else {
      take(/^</);
      const node: Node = { name: take(NAME), attributes: {}, children: [] };
      while (/^\s/.test(rest)) {
        take(/^\s+/);
        const name = take(NAME);
        if (name in node.attributes) throw new Error(`${name} twice`);
        Object.assign(node.attributes, { [name]: decoded(take(/^="[^"<]*"/).slice(2, -1)) });
      }
      top.children.push(node);
      if (take(/^\/?>/) === '>') open.push(node);
    }
  }
  if (open.length !== 1 || root.children.length !== 1 || typeof root.children[0] === 'string') throw new Error(`not one element, or <${open.at(-1)?.name}> is not closed`);
  return root.children[0] as Node;
}

/** Every element, in order. */
export function all(node: Node, name?: string): Node[] {
  const below = node.children.flatMap((child) => (typeof child === 'string' ? [] : all(child, name)));
  return name === undefined || node.name === name ? [node, ...below] : below;
}

export function textOf(node: Node): string {
  return node.children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('');
}

function decoded(text: string): string {
  if (/&(?!(amp|lt|gt|quot|#39);)/.test(text)) throw new Error(`a bare & in ${JSON.stringify(text.slice(0, 60))}`);
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name] ?? '');
}
