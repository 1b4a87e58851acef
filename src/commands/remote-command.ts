/** A command for a host, as data: nothing in src/commands runs anything. It is what the plan prints, stores and hashes. */
export interface RemoteCommand {
  /** POSIX sh, run as `sh` with `set -eu` in front; also what a person reads in the plan and in break-glass.sh. */
  readonly script: string;
  /** Account that runs it; the helper's own (root) when absent. */
  readonly user?: string;
  /** Working directory, absolute; `/` when absent. */
  readonly cwd?: string;
  /** Environment beside PATH, locale, HOME and USER. Never a secret. */
  readonly env?: Readonly<Record<string, string>>;
  /** Names of secrets the script may read as shell variables; values come by descriptor at the last moment. */
  readonly secrets?: readonly string[];
}

/** Exit codes by which a script tells us more than "failed". Outside sh's own (126 and up) and sysexits' ranges. */
export const EXIT = { drift: 90, refused: 91 } as const;

/** One argument, quoted for POSIX sh so that it arrives byte for byte. @throws RangeError on NUL, which no argument can hold. */
export function quote(argument: string): string {
  if (argument.includes('\0')) throw new RangeError('an argument may not hold a NUL byte');
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(argument) && !argument.startsWith('=') ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}

/** A command line from its words. */
export function argv(...words: readonly string[]): string {
  return words.map(quote).join(' ');
}

/** Lines of sh as one command; empty entries are dropped, so that builders can leave lines out. */
export function sh(lines: readonly string[], options: Omit<RemoteCommand, 'script'> = {}): RemoteCommand {
  return { script: ['set -eu', ...lines.filter((line) => line !== '')].join('\n') + '\n', ...options };
}

/** Prints a sentence as it is. By printf where sh's own echo would read something into it. */
export function say(sentence: string): string {
  return /\\|^-/.test(sentence) ? `printf '%s\\n' ${quote(sentence)}` : `echo ${quote(sentence)}`;
}

/** A line that stops the script with a sentence, as drift or as a plain failure. */
export function stop(sentence: string, code: number = EXIT.drift): string {
  return `{ ${say(sentence)} >&2; exit ${code}; }`;
}

/** A file's text in a script: a quoted here-document whose mark does not occur in the text. */
export function hereDocument(target: string, text: string): string {
  let mark = 'END';
  while (text.split('\n').includes(mark)) mark += '_';
  return `cat > ${quote(target)} <<'${mark}'\n${text.endsWith('\n') ? text : text + '\n'}${mark}`;
}
