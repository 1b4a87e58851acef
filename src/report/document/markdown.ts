import { duration, moment } from '../time';
import { HEADINGS, SECTIONS, TO_FILL, type Section } from './layout';
import { block, plain, table } from './markdown-text';
import type { Part, RunDocument } from './model';
import { changesOf, glance, ITEM_MARKS, resultMark, stepRows } from './rows';

/** The document as Markdown (GitHub's), for tickets and wikis: every text of hosts and people escaped. Ends with a line break. */
export function markdownReport(document: RunDocument): string {
  const head = [`# ${plain(document.title)}`, '', `**${plain(document.word)}**: ${plain(document.outcome)}`];
  const parts = SECTIONS[document.layout].map((section) => body(section, document)).filter((lines) => lines.length > 0);
  const foot = document.written === null ? [] : ['', '---', `Written ${moment(document.written)} by Sternway from the record of the run.`];
  return `${[head, ...parts].map((lines) => lines.join('\n')).join('\n\n')}\n${foot.length > 0 ? `${foot.join('\n')}\n` : ''}`;
}

function body(section: Section, document: RunDocument): string[] {
  if (section === 'parts') return document.parts.flatMap((part, index) => [...(index === 0 ? [] : ['']), ...partLines(part)]);
  const lines = SECTION_LINES[section](document);
  return lines.length === 0 ? [] : [`## ${HEADINGS[section]}`, '', ...lines];
}

function partLines({ name, facts, toFill }: Part): string[] {
  const asked = toFill.map((question) => `> **${TO_FILL}:** ${plain(question)}`);
  return [`## ${name}`, ...(facts.length > 0 ? ['', ...facts.map((fact) => `- ${plain(fact)}`)] : []), ...(asked.length > 0 ? ['', ...asked] : [])];
}

const SECTION_LINES: Readonly<Record<Exclude<Section, 'parts'>, (document: RunDocument) => string[]>> = {
  versions: (document) => glance(document).map(([name, value]) => `- **${name}:** ${plain(value)}`),
  changes: (document) => changesOf(document).map((text) => `- ${plain(text)}`),
  known: ({ releaseNotes }) => (releaseNotes?.known ?? []).map((text) => `- ${plain(text)}`),
  // Pictures are the HTML's; the timeline below tells the same.
  picture: () => [],
  failures: ({ spans }) =>
    spans
      .filter(({ result }) => result === 'failed')
      .flatMap(({ title, host, phase, back, seconds, sentence, output }) => [
        `- ${plain(`${back ? 'undo: ' : ''}${title} · ${host} (phase ${phase}, after ${duration(seconds ?? 0)})`)}: ${plain(sentence ?? '')}`,
        ...(output.length > 0 ? ['', ...block(output, '  '), ''] : []),
      ]),
  metrics: ({ metrics, marks: { turnedAt } }) =>
    table(['figure', turnedAt === null ? 'at the end' : 'when it turned back', 'before', 'limits', 'over the line'], metrics.map(({ name, value, baseline, limits, crossed }) => [name, value, baseline, limits, crossed.join(', ') || 'no'])),
  timeline: ({ timeline }) => table(['time (UTC)', 'after', 'what'], timeline.map(({ at, after, text }) => [moment(at).slice(11, 19) || at, duration(after), text])),
  decisions: ({ decisions }) => table(['time', 'who', 'what', 'why'], decisions.map(({ at, who, what, why }) => [moment(at), who, what, why])),
  messages: ({ messages }) => table(['time', 'about', 'to', 'delivered'], messages.map(({ at, what, to, delivered, word }) => [moment(at), what, to, `${delivered ? 'yes' : 'NO'}: ${word}`])),
  steps: ({ spans }) =>
    table(
      ['phase', 'step', 'hosts', 'result'],
      stepRows(spans).map((row) => [`${row.back ? 'back: ' : ''}${row.phase}`, row.title, row.hosts.join(', '), resultMark(row).join(' ')]),
    ),
  checklist: ({ checklist }) => checklist.map(({ text, state, why }) => `- [${state === 'done' ? 'x' : ' '}] ${plain(text)} (${ITEM_MARKS[state][1]}${state === 'done' ? '' : ':'} ${plain(why)})`),
  contacts: ({ contacts }) => table(['role', 'name', 'how'], contacts.map(({ role, name, reach }) => [role, name, reach])),
};
