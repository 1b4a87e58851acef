import type { ExitCode } from './exit-codes';

/** Ends the command with a code and, where there is one, a sentence on standard error: an answer, not a mistake. */
export class Stop extends Error {
  override readonly name = 'Stop';
  constructor(
    readonly code: ExitCode,
    sentence = '',
  ) {
    super(sentence);
  }
}
