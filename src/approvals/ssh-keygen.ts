import { spawn } from 'node:child_process';

/** Signatures made for something else, a git commit perhaps, are none of ours. */
export const NAMESPACE = 'sternway-approval';
const LIMIT_MS = 60_000;
const KEPT = 20_000;

/** Runs `ssh-keygen -Y …`, which asks on the terminal itself where a key has a passphrase. @throws Error when it cannot be run or does not end */
export function sshKeygen(words: readonly string[], input: string): Promise<{ code: number | null; out: string; said: string }> {
  return new Promise((resolve, reject) => {
    const { PATH, HOME, TERM, DISPLAY, SSH_AUTH_SOCK, SSH_ASKPASS } = process.env;
    const env = Object.fromEntries(Object.entries({ PATH, HOME, TERM, DISPLAY, SSH_AUTH_SOCK, SSH_ASKPASS, LC_ALL: 'C.UTF-8', TZ: 'UTC' }).filter(([, value]) => value !== undefined));
    const child = spawn('ssh-keygen', ['-Y', ...words], { env, timeout: LIMIT_MS, killSignal: 'SIGKILL', stdio: ['pipe', 'pipe', 'pipe'] });
    let [out, said] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out = (out + text).slice(0, KEPT)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, KEPT)));
    child.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? new Error('ssh-keygen is not installed here; approvals need OpenSSH 8.9 or newer') : error));
    child.once('close', (code) => resolve({ code, out, said }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
