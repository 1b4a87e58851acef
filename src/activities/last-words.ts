import { oneLine } from '../report/escape';

/** Said by tar after the line that says what went wrong. */
const SAYS_NOTHING = /Exiting with failure status due to previous errors/;

/**
 * The last line of output that says something in words: some programs end with a bare exit code. Its full stop is left to whoever quotes it;
 * what a terminal would obey is shown instead.
 */
export function lastWords(tail: string): string {
  const said = tail.split('\n').filter((line) => /\p{L}/u.test(line) && !SAYS_NOTHING.test(line));
  return oneLine(said.at(-1) ?? '').slice(0, 400).replace(/(?<!\.)\.$/, '');
}
