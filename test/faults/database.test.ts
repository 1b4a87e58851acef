// Temporal can keep nothing, right when somebody asks for a deployment.
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RELEASE, Lane } from './lane';
import { differences } from './verdict';

const run = promisify(execFile);
const FAILED = 1;

let lane: Lane;
beforeAll(async () => {
  lane = await Lane.raise('faults-database', 'systemd', true);
}, 600_000);
afterAll(() => lane.remove());

/** The built command, as a person types it. */
async function sternway(...words: string[]): Promise<{ code: number; stderr: string }> {
  const main = resolve(__dirname, '../../dist/cli/main.js');
  return await run(process.execPath, [main, ...words, '--address', lane.server.address, '--config', lane.config, '-e', 'production'], { timeout: 300_000 })
    .then(({ stderr }) => ({ code: 0, stderr }), (error: { code: number; stderr: string }) => ({ code: error.code, stderr: error.stderr }));
}

test('a deployment asked for while the disk of Temporal\'s database is full is refused in one sentence and touches no host; asked for again it goes through [F10]', async () => {
  await lane.reset();
  const before = await lane.inspect();
  const mend = lane.database?.fill();
  const refused = await sternway('deploy', RELEASE);
  const found = await lane.inspect();
  mend?.();
  expect(refused.code).toBe(FAILED);
  expect(refused.stderr).toMatch(/^sternway: the Temporal server failed the request \(.+\); sternway status shows whether it took effect\n$/);
  expect([differences(before.digest, found.digest), found.claim, found.head, found.processes]).toEqual([[], before.claim, before.head, []]);
  expect(lane.points.worker.passed()).toEqual([]);

  const again = await sternway('deploy', RELEASE);
  expect(again).toMatchObject({ code: 0 });
  expect((await lane.inspect()).head?.deployment).toContain(RELEASE);
});
