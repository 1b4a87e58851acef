// --notes at the command line: what a person wrote for a release reaches the run, and a mistake in it reaches nobody.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { planText } from '../../src/cli/commands/plan';
import { jsonLine } from '../../src/cli/render/json';
import { planHash } from '../../src/plan/hash';
import { deployed, shopPlan } from '../plan/support/shop';
import { useTemporal } from '../workflows/support/use-temporal';
import { jsonLines } from './support/cli';
import { Shop } from './support/shop';

const temporal = useTemporal();
// Each test runs whole processes.
vi.setConfig({ testTimeout: 300_000 });

const STYLE = { strong: (text: string) => text, dim: (text: string) => text } as Parameters<typeof planText>[1];
const NOTES = { changes: ['Search by date'], for_users: ['You can search by date'], known: ['Search is slow: filter by month'] };

test('sternway deploy --notes gives the run what was written, and the report tells it [CH-04, NT-12, DR-08]', async () => {
  const shop = new Shop(temporal, 'cli-written');
  writeFileSync(join(shop.cwd, 'v2.yml'), JSON.stringify(NOTES));
  const { code, out } = await shop.sternway('deploy', 'v2', '--notes', 'v2.yml', '--json');
  expect(code).toBe(0);
  expect(jsonLines(out)[0]).toMatchObject({ type: 'started', releaseNotes: NOTES });
  const report = await shop.sternway('report', '--format', 'markdown');
  expect(report.out).toContain('## What changed\n\n- Search by date\n- for users: You can search by date\n\n## Known problems\n\n- Search is slow: filter by month\n');
});

test('deploy and plan with a file that is wrong, or is not there, end with 2 and one sentence: nothing is started and no host is asked', async () => {
  const shop = new Shop(temporal, 'cli-miswritten');
  writeFileSync(join(shop.cwd, 'v2.yml'), 'changes:\n  - Search: by date\n');
  for (const command of ['deploy', 'plan']) {
    expect(await shop.sternway(command, 'v2', '--notes', 'v2.yml')).toEqual({ code: 2, out: '', err: expect.stringMatching(/^sternway: \S+\/v2\.yml has a mistake:\n {2}changes\[0\] \(line 2\): must be one line of at most 300 characters \(got a mapping\) - .*\n$/) as string });
    expect(await shop.sternway(command, 'v2', '--notes', 'none.yml')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('no release notes at ') as string });
    expect(await shop.sternway(command, 'v2', '--notes', '')).toMatchObject({ code: 2, out: '' });
  }
  expect([shop.calls, (await shop.sternway('history', '--json')).out]).toEqual([[], '']);
});

test('the plan shows what was written below its steps, safe to show, and as JSON; its hash is the same without it [DR-08]', () => {
  const plan = shopPlan({ 'web-1': deployed() });
  const written = { ...plan, releaseNotes: { ...NOTES, known: ['Search is slow\u001b[2J'] } };
  const lines = planText(written, STYLE, false);
  expect(lines.slice(-9)).toEqual(['', 'What changed', '  - Search by date', '', 'What changed, for users', '  - You can search by date', '', 'Known problems', '  - Search is slow\\x1b[2J']);
  expect(lines.slice(0, -9)).toEqual(planText(plan, STYLE, false));
  expect(JSON.parse(jsonLine(written))).toMatchObject({ releaseNotes: written.releaseNotes });
  const { hash, ...rest } = written;
  expect(planHash(rest)).toBe(hash);
});
