import { readFile } from 'node:fs/promises';

/** Everybody who is named in a file of allowed signers (ssh-keygen(1), ALLOWED SIGNERS), patterns as they are written. @throws Error when it cannot be read */
export async function principalsIn(file: string): Promise<string[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#')).flatMap((line) => (/^"([^"]*)"|^\S+/.exec(line)?.[0] ?? '').replaceAll('"', '').split(','));
}
