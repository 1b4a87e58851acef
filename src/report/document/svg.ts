import { visible } from '../escape';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for HTML and XML, in elements and in attributes: nothing of it is markup, and no character is one that XML forbids. */
export function escaped(text: string): string {
  return visible(text).replace(/[&<>"']/g, (mark) => ENTITIES[mark] ?? '').replace(/[\ufffe\uffff]/g, '\ufffd');
}

/** An element; values of attributes are escaped, the content is markup already. */
export function element(name: string, attributes: Readonly<Record<string, string | number>>, content = ''): string {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${typeof value === 'number' ? String(rounded(value)) : escaped(value)}"`).join('');
  return content === '' ? `<${name}${given}/>` : `<${name}${given}>${content}</${name}>`;
}

/** Position along the width, so that pictures grow with the page while their letters keep their size: 0 to 1 as `12.5%`. */
export function across(share: number): string {
  return `${rounded(Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)) * 100)}%`;
}

/** Letters at a place; near the right edge they end there. `at`: 0 to 1. */
export function label(text: string, at: number, y: number, kind: string): string {
  const anchor = at > 0.5 ? 'end' : 'start';
  return element('text', { x: across(at), y, dx: anchor === 'end' ? -5 : 5, 'text-anchor': anchor, class: kind }, escaped(text));
}

/** A whole picture, as wide as its place, with title and description for those who do not see it. `id`: of this picture alone. */
export function picture(id: string, height: number, title: string, description: string, content: string): string {
  const head = `${element('title', { id: `${id}-title` }, escaped(title) || ' ')}${element('desc', { id: `${id}-desc` }, escaped(description) || ' ')}`;
  const attributes = { xmlns: 'http://www.w3.org/2000/svg', role: 'img', 'aria-labelledby': `${id}-title ${id}-desc`, width: '100%', height, class: 'sternway' };
  return element('svg', attributes, `${head}<style>${STYLE}</style>${patterns(id)}${content}`);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Hatching tells the way back and closed doors apart without colour. */
function patterns(id: string): string {
  const hatch = (name: string, path: string): string => element('pattern', { id: `${id}-${name}`, width: 6, height: 6, patternUnits: 'userSpaceOnUse' }, element('path', { d: path, class: `hatch ${name}` }));
  return `<defs>${hatch('undo', 'M0 6L6 0M-1 1L1 -1M5 7L7 5')}${hatch('shut', 'M0 0L6 6M-1 5L1 7M5 -1L7 1')}${hatch('none', 'M0 3H6')}</defs>`;
}

/** Of the picture alone, so that it can be lifted out of the page. */
const STYLE = [
  '.sternway{--ink:#1c2733;--soft:#5b6877;--line:#d3dae2;--done:#2c6fbb;--failed:#c0262d;--undo:#8a5a00;--shut:#b7791f;--wait:#7a3fb0;--back:#8a5a00;--lane:#eef2f6;--page:#fff;font:12px system-ui,sans-serif}',
  '@media (prefers-color-scheme:dark){.sternway{--ink:#e6ebf0;--soft:#9fabb8;--line:#3a4653;--done:#6aa8ea;--failed:#ff7b80;--undo:#e0ab4c;--shut:#e0ab4c;--wait:#c79bf2;--back:#e0ab4c;--lane:#212b36;--page:#151b22}}',
  '@media print{.sternway{--ink:#000;--soft:#444;--line:#bbb;--done:#2c6fbb;--failed:#c0262d;--undo:#8a5a00;--shut:#b7791f;--wait:#7a3fb0;--back:#8a5a00;--lane:#f2f2f2;--page:#fff}}',
  // Letters keep a rim of paper, where a line passes behind them.
  '.sternway text{fill:var(--ink);stroke:var(--page);stroke-width:3;paint-order:stroke}.sternway .soft{fill:var(--soft)}.sternway .bold{font-weight:600}.sternway .axis{stroke:var(--line)}.sternway .lane{fill:var(--lane)}',
  '.sternway .done{fill:var(--done);fill-opacity:.75;stroke:var(--done)}.sternway .undone{fill:none;stroke:var(--done);stroke-dasharray:3 2}.sternway .failed{fill:var(--failed);stroke:var(--failed)}',
  '.sternway text.failed,.sternway text.switch,.sternway text.back{stroke:var(--page);font-weight:600}.sternway text.switch{fill:var(--done)}.sternway text.back{fill:var(--back)}',
  '.sternway .undo{stroke:var(--undo)}.sternway .stopped{fill:var(--soft);stroke:var(--soft)}.sternway .running{fill:none;stroke:var(--done);stroke-width:2}',
  '.sternway .shut{stroke:var(--shut)}.sternway .wait{fill:none;stroke:var(--wait);stroke-width:2;stroke-dasharray:2 2}.sternway .hatch{fill:none;stroke-width:1.4}.sternway .hatch.none{stroke:var(--line)}',
  '.sternway line.switch{stroke:var(--done);stroke-width:2}.sternway line.back{stroke:var(--back);stroke-width:2;stroke-dasharray:5 3}',
  '.sternway .cross{stroke:#fff;stroke-width:1.6;fill:none}.sternway .curve{fill:none;stroke:var(--done);stroke-width:2}.sternway .dot{fill:var(--done)}',
  '.sternway .limit{stroke:var(--failed);stroke-dasharray:6 3}.sternway .baseline{stroke:var(--soft);stroke-dasharray:2 3}',
].join('');
