// What the demo itself says, around the output of the commands it runs.
import { load } from '../lib/typescript.mjs';

const WIDEST = 100;
let muted = false;

/** Says no more: what is still under way when the demo is stopped ends unheard. */
export function mute() {
  muted = true;
}

export function write(lines) {
  if (!muted) process.stdout.write([lines].flat().map((line) => `${line}\n`).join(''));
}

/** Colours and marks, as the commands themselves choose them. Needs node_modules. */
export function style() {
  return load('src/cli/render/style.ts').styleFor(process.stdout.isTTY === true);
}

export function columns() {
  return Math.min(process.stdout.columns || Number(process.env.COLUMNS) || 80, WIDEST);
}

/** The heading of an act: what happens next, and why it matters. */
export function heading(number, title, why) {
  const { strong, dim } = style();
  const rule = '─'.repeat(Math.max(3, columns() - title.length - String(number).length - 8));
  return ['', '', strong(`── ${number} · ${title} ${rule}`), ...paragraph(why).map(dim), ''];
}

/** Text in lines that fit. */
export function paragraph(text, indent = '') {
  return load('src/report/width.ts').wrap(text, columns() - 1 - indent.length).map((line) => indent + line);
}

/** `$ sternway deploy v1.1.0` */
export function prompt(words) {
  const { strong, dim } = style();
  return `${dim('$')} ${strong(words.map(load('src/report/shell.ts').shellWord).join(' '))}`;
}

/** Something that the demo does to the running system. */
export function aside(text) {
  const { strong } = style();
  return strong(`  ► ${text}`);
}

/** A promise that was kept, as lines. */
export function kept(text) {
  const { good, marks } = style();
  return marked(good(marks.done), text);
}

/** One that was not. */
export function broken(text) {
  const { bad, marks } = style();
  return marked(bad(marks.failed), `${bad('NOT AS PROMISED')}: ${text}`);
}

/** One of the three checksums of the serving state, with a check mark where it is as promised. */
export function stateLine(when, checksum, asPromised) {
  const { good, marks } = style();
  const head = `  ${when === 'before' ? 'serving state' : ''.padEnd(13)}  ${when.padEnd(6)}  ${checksum}`;
  if (!asPromised) return head;
  const [first, ...rest] = paragraph(asPromised, ' '.repeat(head.length + 4));
  return [`${head}  ${good(marks.done)} ${first.trimStart()}`, ...rest];
}

function marked(mark, text) {
  return paragraph(text, '    ').map((line, index) => (index === 0 ? `  ${mark} ${line.trimStart()}` : line));
}

/** `6.4 s` */
export function seconds(value) {
  return load('src/report/time.ts').duration(value);
}

/** Text cut or filled up to so many columns. */
export function fit(text, width) {
  return load('src/report/width.ts').fit(text, width);
}
