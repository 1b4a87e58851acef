import type { Client } from 'ssh2';
import { ConnectionLost } from './failures';

/** For what a program that has ended still has on its way. */
export const LAST_WORDS_MS = 300;
const LIMIT_MS = 60_000;
/** Characters kept of what it says: a login may write without an end. */
const KEPT = 100_000;

/** One command outside the helper: only for installing it. `code` is null when the host did not say. @throws ConnectionLost also after a minute without an end */
export function exec(client: Client, command: string, input = ''): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, stream) => {
      if (error) return reject(new ConnectionLost(error.message));
      const late = setTimeout(() => {
        reject(new ConnectionLost(`no end within ${LIMIT_MS / 1000} s`));
        client.end();
      }, LIMIT_MS);
      let stdout = '';
      let stderr = '';
      stream.on('data', (chunk: Buffer) => (stdout = (stdout + chunk.toString()).slice(-KEPT)));
      stream.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-KEPT)));
      const ended = (code: number | null | undefined): void => {
        clearTimeout(late);
        resolve({ code: code ?? null, stdout, stderr });
      };
      stream.on('close', ended);
      stream.on('exit', (code: number | null) => setTimeout(ended, LAST_WORDS_MS, code));
      stream.end(input);
    });
  });
}
