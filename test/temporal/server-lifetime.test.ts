import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { requireTemporal } from '../../src/temporal/find-executable';
import { compiled } from './compiled';
import { isRunning, waitFor } from './wait-for';

const long = 60_000;
let tree: ReturnType<typeof compiled>;
const parents: ChildProcess[] = [];
const servers: number[] = [];

beforeAll(() => {
  tree = compiled();
});
afterEach(() => {
  for (const parent of parents.splice(0)) parent.kill('SIGKILL');
  for (const server of servers.splice(0)) if (isRunning(server)) process.kill(server, 'SIGKILL');
});
afterAll(() => tree.remove());

/** A process of its own that starts a server and stays; `before`: what it does first; `PATH`: where it finds setpriv, or not. */
async function parentOfServer({ before = '', PATH = process.env.PATH } = {}): Promise<{ parent: ChildProcess; server: number; ended: Promise<string> }> {
  const module = path.join(tree.root, 'dist/temporal/local-server.js');
  // With a file for its log: a server that writes to a pipe of ours may die of our end, but only when it has something to say.
  const options = JSON.stringify({ executable: requireTemporal(), ui: false, logFile: path.join(tree.root, 'server.log') });
  const program = `${before}
    require(${JSON.stringify(module)}).startLocalServer(${options})
      .then((server) => { console.log(server.pid); setInterval(() => {}, 1000); });`;
  const parent = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, PATH } });
  parents.push(parent);
  const ended = new Promise<string>((resolve) => parent.once('exit', (code, signal) => resolve(signal ?? `code ${code}`)));
  let printed = '';
  parent.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const server = Number(await waitFor('the pid of the server', () => /^(\d+)\n/.exec(printed)?.[1]));
  servers.push(server);
  return { parent, server, ended };
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
  test(`${signal} ends the process that started a server as ever, and its server with it`, async () => {
    // Where the kernel would end the server for us, nobody would see whether we do: only SIGKILL has to be left to it.
    const { parent, server, ended } = await parentOfServer(signal === 'SIGKILL' ? {} : { PATH: '/nowhere' });
    expect(isRunning(server)).toBe(true);
    // A terminal's Ctrl-C goes to a whole process group: it must reach us alone, or a worker drains without its server.
    const groups = execFileSync('ps', ['-o', 'pgid=', '-p', `${server},${parent.pid}`], { encoding: 'utf8' }).trim().split(/\s+/);
    expect(new Set(groups).size).toBe(2);
    parent.kill(signal);
    expect(await ended).toBe(signal);
    await waitFor(`the end of server ${server}`, () => !isRunning(server));
  }, long);
}

test('a process with a listener of its own decides for itself when to end, and the server lives until then', async () => {
  const before = "process.on('SIGTERM', () => console.log('asked')); process.on('SIGUSR1', () => process.exit(7));";
  const { parent, server, ended } = await parentOfServer({ before, PATH: '/nowhere' });
  let printed = '';
  parent.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  parent.kill('SIGTERM');
  await waitFor('its own listener', () => printed.includes('asked'));
  expect(isRunning(server)).toBe(true);
  parent.kill('SIGUSR1');
  expect(await ended).toBe('code 7');
  await waitFor(`the end of server ${server}`, () => !isRunning(server));
}, long);
