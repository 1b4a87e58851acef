import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { prepare } from '../../../tools/prepare.mjs';
import { temporary, tool } from '../../commands/support/run';

/** A mail as the server read it back with Python's own parser. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly type: string;
  readonly tls: boolean;
  readonly login: string | null;
}

/** A server of its own for the test, with the next mail it takes. `options`: those of smtp_server.py. */
export async function smtp(...options: string[]): Promise<{ port: number; next: () => Promise<Mail>; gone: () => Promise<void> }> {
  const { mail } = await prepare(['mail']);
  // It writes of every broken connection, and breaking them is what tests do.
  const child = spawn('python3', ['-B', join(__dirname, 'smtp_server.py'), ...options], { env: { PATH: process.env['PATH'] ?? '', PYTHONPATH: mail?.path ?? '', PYTHONWARNINGS: 'ignore' }, stdio: ['ignore', 'pipe', 'ignore'] });
  const gone = async (): Promise<void> => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(gone);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the SMTP server ended');
    return value;
  };
  const port = Number(await line());
  return { port, next: async () => JSON.parse(await line()) as Mail, gone };
}

/** A certificate for 127.0.0.1, with its authority in PEM. */
export function certificate(): { cert: string; key: string; ca: string } {
  const at = (file: string): string => join(temporary(), file);
  const [cert, key] = [at('cert'), at('key')];
  tool('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '9', '-subj', '/CN=mail', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert);
  return { cert, key, ca: readFileSync(cert, 'utf8') };
}
