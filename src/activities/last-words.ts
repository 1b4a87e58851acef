import { oneLine } from '../report/escape';

/** The last line of output that says something in words (some programs end with a bare exit code); its full stop is left to whoever quotes it; what a terminal would obey is shown instead. */
export function lastWords(tail: string): string {
  return oneLine(tail.split('\n').filter((text) => /\p{L}/u.test(text)).at(-1) ?? '').slice(0, 400).replace(/(?<!\.)\.$/, '');
}
