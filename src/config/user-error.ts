/** A mistake of whoever uses Sternway: one sentence with what to do, no stack trace, exit code 2. Anything else is a bug. */
export class UserError extends Error {
  override readonly name: string = 'UserError';
}
