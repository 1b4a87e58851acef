import fc from 'fast-check';

/** What a shell would take for something else: if any of it is not quoted, a file `canary` is made or `touch canary` is called. */
const PAYLOADS = [
  '$(: > canary)', '`: > canary`', "'; : > canary; '", '"; : > canary; "', '\n: > canary\n', '\r\n: > canary\n', '| : > canary', '&& : > canary', '& touch canary &', '; touch canary #', ') : > canary; (',
  '\nEND\n: > canary\n', '\nPYTHON\n: > canary\n', "\\'; : > canary; \\'", '${x:=$(: > canary)}', '}; : > canary; {', '> canary', '< /dev/null > canary', '\\', '\\\\', "'", '"', '$', '!', '!!', '%s%n', '\\033[31m', '\\c', '\\n',
  '*', '?', '[a-z]', '{a,b}', '~', '~root', '#', '=', '--', '-', '$HOME', '$0', '$@', '$IFS', ' ', '\t', '\n', '\r', '\u0001', '\u001b', '\u007f', '\u0080', 'é', 'ü\u0308', '日本', '\u202e', '\u{1f680}', ';;', 'esac', 'fi', 'done',
];

/** What a word may begin with to be taken for an option, an assignment, a home, a comment, a pattern. */
const LEADS = ['', '', '', '-', '--', '-x', '--option=', '=', 'a=', '~', '~root/', '#', '!', '*', ' ', '\n', "'", '$(: > canary)'];

const body = fc.array(fc.oneof(fc.constantFrom(...PAYLOADS), fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 4 }).map((parts) => parts.join(''));
const word = fc.tuple(fc.constantFrom(...LEADS), body).filter(([, text]) => !text.includes('\0') && !/\p{Surrogate}/u.test(text));

/** A word from outside, with marks by which it is found again wherever it arrives. */
export interface Word {
  readonly text: string;
  readonly from: string;
  readonly to: string;
  /** The number of the word within its case: an argument of a builder. */
  readonly place: number;
}

/** Gives the words of one run, other ones each time: `name` as they are, `path` as the last part of an absolute path. */
export class Words {
  static #number = 0;
  static readonly #drawn = fc.sample(word, { numRuns: 3001, seed: 20261122 });
  readonly all: Word[] = [];

  constructor(readonly folder: string) {}

  name = (): string => this.#next((text) => text);

  /** One part of a path: at most 250 bytes, as a file system has it. */
  part = (): string => this.#next((text) => text.replaceAll('/', '_').slice(0, 40));

  path = (): string => `${this.folder}/${this.part()}`;

  #next(fit: (text: string) => string): string {
    const n = Words.#number++;
    const [lead, text] = Words.#drawn[n % Words.#drawn.length] ?? ['', ''];
    const [from, to] = [`M${n}<`, `>${n}M`];
    const whole = `${fit(lead)}${from}${fit(text).replace(/\p{Surrogate}/gu, '')}${to}`;
    this.all.push({ text: whole, from, to, place: this.all.length });
    return whole;
  }
}
