// The helper at the end of a line that went dark: nothing tells it so, and it must not stay for the hours that TCP may take.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';

const HELPER = join(__dirname, '../../src/hosts/helper');

/** A helper whose client is given up after `idle` seconds without a word. Its input stays open. */
function helper(idle: number) {
  const child = spawn('sh', ['-c', `umask 077; cd /tmp; exec python3 -I -B '${HELPER}' serve`], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, STERNWAY_SCOPE: 'asked' } });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.write(`${JSON.stringify({ nonce: 'mine', idle })}\n`);
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  let id = 0;
  return {
    ended: once(child, 'exit') as Promise<[number | null]>,
    running: () => child.exitCode === null,
    /** Nobody waits for its answer. */
    begin: (script: string) => void child.stdin.write(`${JSON.stringify({ id: ++id, verb: 'read', script })}\n`),
    async read(script: string): Promise<unknown> {
      child.stdin.write(`${JSON.stringify({ id: ++id, verb: 'read', script })}\n`);
      for (let said = await answers.next(); !said.done; said = await answers.next()) if (said.value.startsWith(`mine {"id": ${id},`)) return (JSON.parse(said.value.slice(5)) as { ok: { stdout: string } }).ok.stdout;
      throw new Error('the helper ended');
    },
    async ping(): Promise<void> {
      child.stdin.write(`${JSON.stringify({ id: ++id, verb: 'ping' })}\n`);
      for (let said = await answers.next(); !said.done; said = await answers.next()) if (said.value === `mine {"id": ${id}, "ok": {}}`) return;
      throw new Error('the helper ended');
    },
  };
}

test('a helper whose client says nothing any more ends by itself, though its line was never closed; one that is pinged stays [F24]', async () => {
  const silent = helper(0.3);
  const [code] = await silent.ended;
  expect(code).toBe(0);

  const pinged = helper(2);
  const until = performance.now() + 5000;
  while (performance.now() < until) await pinged.ping();
  expect(pinged.running()).toBe(true);
});

test('what a silent client was reading has ended when the helper has: it may first take away what it made', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'idle-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const silent = helper(2);
  // Bounded, so that it ends also where the helper does not see to it.
  silent.begin(`trap 'rm ${folder}/made; exit' TERM; touch ${folder}/made ${folder}/begun; for i in $(seq 300); do sleep 0.1; done`);
  while (!existsSync(join(folder, 'begun'))) await silent.ping();
  await silent.ended;
  expect(readdirSync(folder)).toEqual(['begun']);
});

test('whatever the login says of new files and folders, the helper works in / and what a reading makes may be read', async () => {
  expect(await helper(60).read('umask; pwd; readlink /proc/$PPID/cwd')).toBe('0022\n/\n/\n');
});
