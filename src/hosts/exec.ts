import type { Client } from 'ssh2';
import { ConnectionLost } from './failures';

/** One command outside the helper: only for installing it. `code` is null when the host did not say. */
export function exec(client: Client, command: string, input = ''): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, stream) => {
      if (error) return reject(new ConnectionLost(error.message));
      let stdout = '';
      let stderr = '';
      stream.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      stream.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      stream.on('close', (code: number | null) => resolve({ code: code ?? null, stdout, stderr }));
      stream.end(input);
    });
  });
}
