/** The three answers to a question that a run waits with, and what each means. `hold`: all is safe, and going on costs data. */
export function meanings(hold: boolean): { readonly answer: string; readonly purpose: string }[] {
  return [
    { answer: 'retry', purpose: hold ? 'take it back and lose what was written since' : 'try it again' },
    { answer: 'skip', purpose: hold ? 'leave the schema as it is' : 'leave it as it is; the outcome is then incomplete' },
    { answer: 'resolved', purpose: 'you have done it by hand' },
  ];
}
