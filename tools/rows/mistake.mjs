/** Something the caller can put right: printed as one sentence, without a stack. */
export class Mistake extends Error {
  constructor(message, exitCode = 2) {
    super(message);
    this.exitCode = exitCode;
  }
}
