// What hosts, people and git say is shown, never obeyed: no byte of it may move a cursor, colour a line or hide text.

/** Control characters (C0 but for the line break, DEL, C1), the marks that reorder or hide text, and separators that some terminals take for line breaks. */
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|[\ud800-\udfff]/gu;

/** Text with everything unsafe made visible: an escape shows as `\x1b`. Line breaks stay. */
export function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll('\t', '    ').replace(UNSAFE, shown);
}

/** As {@link visible}, on one line. */
export function oneLine(text: string): string {
  return visible(text).replace(/\s*\n\s*/g, ' ').trim();
}

/** The last lines of a program's output that say something, safe to print. */
export function lastLines(output: string, count: number): string[] {
  const lines = visible(output)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  return lines.slice(-count);
}

/** JSON text that is safe on a terminal too: what JSON leaves as it is but a terminal obeys, reorders or hides is escaped. The value stays the same. */
export function safeJson(json: string): string {
  return json.replace(UNSAFE, (mark) => (mark === '\t' ? mark : [...Array(mark.length).keys()].map((at) => `\\u${mark.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')));
}

function shown(mark: string): string {
  const code = mark.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
}
