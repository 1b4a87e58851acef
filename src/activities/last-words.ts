/** The last line of output that says something in words (some programs end with a bare exit code); its full stop is left to whoever quotes it; a host's control characters never reach a terminal from here. */
export function lastWords(tail: string): string {
  const line = tail.split('\n').filter((text) => /\p{L}/u.test(text)).at(-1) ?? '';
  return line.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ').trim().slice(0, 400).replace(/(?<!\.)\.$/, '');
}
