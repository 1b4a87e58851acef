import { oneLine, visible } from '../escape';

// Hosts and people write the texts: none of it may become a heading, a link, HTML or the end of a code block.

/** Text on one line that Markdown shows as it is, also at the start of a line or in a table. */
export function plain(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_{}[\]<>|~&!$]/g, '\\$&')
    // Renderers make links of these by themselves.
    .replace(/:\/\//g, '\\://')
    .replace(/\b(www)\./gi, '$1\\.')
    .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2')
    .replace(/^[-+=#:]/, '\\$&');
}

/** Lines as they are, in a block that none of them can end. */
export function block(lines: readonly string[], indent = ''): string[] {
  const shown = lines.map(visible);
  const longest = Math.max(2, ...shown.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, ...shown.flatMap((line) => line.split('\n')), fence].map((line) => `${indent}${line}`);
}

/** A table; every cell goes through {@link plain}. No rows, no table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => plain(cell) || ' ').join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)];
}
