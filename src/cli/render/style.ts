/** How text is marked on this terminal; each function gives the text back unchanged where there is no colour. */
export interface Style {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly back: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly marks: Marks;
}

export interface Marks {
  readonly done: string;
  readonly failed: string;
  readonly undone: string;
  readonly stopped: string;
  readonly back: string;
  readonly waits: string;
  readonly spinner: readonly string[];
}

const UNICODE: Marks = { done: '✓', failed: '✗', undone: '↶', stopped: '–', back: '◀', waits: '■', spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] };
const ASCII: Marks = { done: '+', failed: 'X', undone: '<', stopped: '-', back: '<<', waits: '#', spinner: ['|', '/', '-', '\\'] };

/** Colour by the terminal and the usual variables (NO_COLOR, FORCE_COLOR, TERM); marks by the locale. */
export function styleFor(isTerminal: boolean, env: NodeJS.ProcessEnv = process.env): Style {
  const colour = env.NO_COLOR ? false : env.FORCE_COLOR && env.FORCE_COLOR !== '0' ? true : isTerminal && env.TERM !== 'dumb';
  const paint = (code: string) => (text: string) => (colour && text !== '' ? `\x1b[${code}m${text}\x1b[0m` : text);
  return { good: paint('32'), bad: paint('1;31'), back: paint('33'), dim: paint('2'), strong: paint('1'), marks: speaksUnicode(env) ? UNICODE : ASCII };
}

function speaksUnicode(env: NodeJS.ProcessEnv): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /utf-?8/i.test(locale) || (locale === '' && env.TERM_PROGRAM !== undefined);
}
