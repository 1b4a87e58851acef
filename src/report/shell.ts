/** One argument as a person may paste it into a shell. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) && !word.startsWith('=') ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Builds the commands that texts offer, with the options that the reader's own command had: `-e staging`. */
export interface CommandLine {
  (...words: string[]): string;
}

/** `options`: words put behind every command. */
export function commandLine(options: readonly string[] = []): CommandLine {
  return (...words) => ['sternway', ...[...words, ...options].map(shellWord)].join(' ');
}
