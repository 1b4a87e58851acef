// What `npm test` does on a machine that has nothing yet, with an apt-get of its own.
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

const APT = resolve(__dirname, '../../tools/lib/apt.mjs');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sternway-apt-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Two parts that need the package lists at once; what happened, in order. `update`: sh. */
async function twoParts(update: string): Promise<{ happened: string[]; stderr: string }> {
  const said = join(folder, 'said');
  writeFileSync(said, '');
  const fake = join(folder, 'apt-get');
  writeFileSync(fake, `#!/bin/sh\necho "$1" >> ${said}\n${update}\n`);
  chmodSync(fake, 0o755);
  const script = `
    import { appendFileSync } from 'node:fs';
    import { setImmediate as turn } from 'node:timers/promises';
    import { withPackageLists } from ${JSON.stringify(APT)};
    const part = (name) => withPackageLists('check the network', async () => {
      appendFileSync(${JSON.stringify(said)}, name + ' begins\\n');
      for (let turns = 0; turns < 1000; turns += 1) await turn();
      appendFileSync(${JSON.stringify(said)}, name + ' ends\\n');
    });
    await Promise.all([part('one'), part('two')]);`;
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}`, STERNWAY_CACHE: folder };
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env }).catch((error: { stderr: string }) => error);
  return { happened: readFileSync(said, 'utf8').split('\n').filter(Boolean), stderr };
}

test('parts that need Debian\'s package lists fetch them once, and use them one after the other', async () => {
  const { happened } = await twoParts('exit 0');
  expect(happened[0]).toBe('update');
  expect([happened.slice(1, 3), happened.slice(3)].sort()).toEqual([['one begins', 'one ends'], ['two begins', 'two ends']]);
});

test('the machine\'s own apt, which holds the lists just then, is waited for', async () => {
  const { happened } = await twoParts(`[ -e ${join(folder, 'free')} ] && exit 0; touch ${join(folder, 'free')}; echo 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 2790 (apt-get)' >&2; exit 100`);
  expect(happened).toHaveLength(6);
  expect(happened.slice(0, 2)).toEqual(['update', 'update']);
});

test('lists that cannot be fetched end it, with what to do and what apt-get said', async () => {
  const { happened, stderr } = await twoParts("echo 'E: no route to host' >&2; exit 100");
  expect(happened).toEqual(['update']);
  expect(stderr).toContain('check the network (`apt-get update` ended with 100)\n  E: no route to host');
});
