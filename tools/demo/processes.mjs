// Processes of our own that run beside the commands: the server and the workers.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { repo } from '../lib/paths.mjs';
import { onPath } from '../lib/run.mjs';

const STERNWAY = join(repo, 'bin', 'sternway');
const READY_MS = 60_000;

/**
 * Starts `sternway <words>` in the folder and resolves when it has said that it runs.
 * Its own session: Ctrl-C is for the demo, which then ends it in order. It does not outlive the demo, however that ends.
 * @returns {Promise<{ pid: number, end(): Promise<void>, kill(): Promise<void> }>}
 * @throws Error with the end of its log
 */
export async function startSternway(words, { folder, env, log }) {
  const errors = openSync(log, 'a');
  const command = [process.execPath, STERNWAY, ...words];
  const setpriv = onPath('setpriv');
  const [program, ...args] = setpriv ? [setpriv, '--pdeathsig', 'TERM', '--', ...command] : command;
  const child = spawn(program, args, { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', errors] });
  closeSync(errors);
  const ended = once(child, 'exit');
  const signal = async (name) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(name);
    await ended;
  };
  const late = setTimeout(() => child.kill('SIGKILL'), READY_MS);
  const ready = await Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
  clearTimeout(late);
  if (!ready) throw new Error(`sternway ${words[0]} did not start: ${readFileSync(log, 'utf8').trim().split('\n').slice(-5).join('\n')}`);
  child.stdout.resume();
  return { pid: child.pid, end: () => signal('SIGTERM'), kill: () => signal('SIGKILL') };
}

/** A port on 127.0.0.1 that nobody has. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
