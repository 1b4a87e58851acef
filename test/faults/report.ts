import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Summary } from './summary';

const PAGE = resolve(__dirname, '../../docs/faults.md');
const MARKS = ['<!-- written by npm run faults -->', '<!-- end -->'] as const;

/** Writes the summaries of a folder as tables into docs/faults.md. */
export function writeReport(folder: string): void {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')).sort() : [];
  const summaries = names.map((name): [string, Summary] => [name.slice(0, -'.json'.length), JSON.parse(readFileSync(join(folder, name), 'utf8')) as Summary]);
  const text = readFileSync(PAGE, 'utf8');
  const [begin, end] = [text.indexOf(MARKS[0]), text.indexOf(MARKS[1])];
  if (begin < 0 || end < begin) throw new Error(`${PAGE} has no place for results between ${MARKS.join(' and ')}`);
  writeFileSync(PAGE, `${text.slice(0, begin)}${MARKS[0]}\n${tables(summaries)}${text.slice(end)}`);
}

/** Markdown: what each campaign gave, and how fast a deployment went on after each kind of fault. */
export function tables(summaries: readonly [string, Summary][]): string {
  const words = (counts: Readonly<Record<string, number>>): string => Object.entries(counts).map(([word, count]) => `${count} ${word}`).join(', ');
  const rows = summaries.map(([name, s]) => `| ${name} | ${s.cases} of ${s.planned} | ${s.violated} | ${words(s.outcomes)} | \`${s.code}\`, commit ${s.commit} | ${s.to.slice(0, 16).replace('T', ' ')} UTC |`);
  const speed = summaries.flatMap(([name, s]) => Object.entries(s.recovery).map(([kind, one]) => `| ${name} | ${kind} | ${one.count} | ${one.median} | ${one.p95} | ${one.longest} |`));
  return `
| campaign | cases | violated | outcomes | src/ | last case |
|---|---|---|---|---|---|
${rows.join('\n')}

| campaign | fault | times | seconds to go on, median | p95 | longest |
|---|---|---|---|---|---|
${speed.join('\n')}
`;
}
