import { escaped } from './svg';

/** Markup that is safe to put into a page: made here, of escaped texts. */
export type Markup = string & { readonly markup: unique symbol };

/** `text` is shown as it is, whatever it holds, and does not turn round what stands beside it. */
export function words(text: string): Markup {
  return `<bdi>${escaped(text)}</bdi>` as Markup;
}

/** An element; `kind`: its class, of ours. */
export function tag(name: string, content: string | readonly string[], kind = ''): Markup {
  return `<${name}${kind === '' ? '' : ` class="${escaped(kind)}"`}>${typeof content === 'string' ? content : content.join('')}</${name}>` as Markup;
}

export function list(items: readonly string[]): string {
  return items.length === 0 ? '' : tag('ul', items.map((item) => tag('li', words(item))));
}

export interface Cell {
  readonly markup: Markup;
  readonly kind?: string;
  /** Says for itself what it is: no column's name on a narrow page. */
  readonly bare?: true;
}

/** A table that becomes cards on a narrow page, each value with its column's name. No rows, no table. */
export function cards(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return '';
  const cell = ({ markup, kind, bare }: Cell, column: number): string => {
    const name = bare ? '' : (head[column] ?? '');
    return `<td${kind === undefined ? '' : ` class="${escaped(kind)}"`}${name === '' ? '' : ` data-name="${escaped(name)}"`}>${markup}</td>`;
  };
  const body = rows.map((row) => tag('tr', row.map(cell)));
  return tag('table', [tag('thead', tag('tr', head.map((name) => tag('th', escaped(name))))), tag('tbody', body)], 'cards');
}
