// Deployments that wait, at the command line: a real Temporal server, the real judging, real signatures; only the hosts are fakes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { deploymentId } from '../../src/client';
import { NameTaken, Requests } from '../../src/requests';
import { Gated, Signers } from '../workflows/support/gated';
import { useTemporal } from '../workflows/support/use-temporal';
import { Cli, jsonLines } from './support/cli';
import { document, writeConfig } from './support/config';

const temporal = useTemporal();
// Each test runs whole processes.
vi.setConfig({ maxConcurrency: 3, testTimeout: 300_000 });

let signers: Signers;
const directories: string[] = [];
beforeAll(() => {
  signers = new Signers(['ada', 'grace', 'dev']);
});
afterAll(() => {
  signers.remove();
  for (const directory of directories) rmSync(directory, { recursive: true });
});

/** A site with gates, and `sternway` beside a sternway.yml of the same. */
class GatedShop extends Gated {
  readonly cwd = mkdtempSync(join(tmpdir(), 'sternway-gates-'));

  constructor(app: string, gates?: string) {
    super(temporal, app, gates);
    directories.push(this.cwd);
    writeConfig(this.cwd, { ...document(app), ...(gates === undefined ? {} : { gates: parse(gates, { version: '1.2' }) as object }) });
  }

  cli(...args: string[]): Cli {
    return new Cli(args, { cwd: this.cwd, env: { TEMPORAL_ADDRESS: (temporal.client.connection as Connection).options.address } });
  }

  run(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
    return this.cli(...args).ended();
  }
}

const approvals = (needed = 1) => `approvals: { needed: ${needed}, signers: ${signers.file} }`;
const SALE = '{ window: { days: [tue, wed, thu], from: 02:00, to: 04:00, avoid: [{ from: 2020-01-01, to: 2099-01-01, why: the sale }] } }';
const LATER = '{ window: { days: [mon, tue, wed, thu, fri, sat, sun], from: "00:00", to: "24:00", expected: 1s, verification: 0s, reserve: 0s, avoid: [' +
  `{ from: ${new Date(Date.now() - 864e5).toISOString().slice(0, 10)}, to: ${new Date(Date.now() + 2 * 864e5).toISOString().slice(0, 10)}, why: the sale }] } }`;

describe.concurrent('sternway deploy with gates', () => {
  test('waits for approvals, shows who approves the plan, its way back and what was written for the release, and follows the deployment to its end once they are there: who approved stands in its report [ST-09, NT-03, CH-01, CH-04, DR-08]', async () => {
    const shop = new GatedShop('cli-approves', `{ ${approvals(2)} }`);
    writeFileSync(join(shop.cwd, 'v2.yml'), 'changes: [Search by date]\nknown: ["Search is slow: filter by month"]\n');
    const cli = shop.cli('deploy', 'v2', '--notes', 'v2.yml', '--by', 'dev@example.org', '--reason', 'weekly');
    await cli.says(/waits +approval: nobody has approved the plan; still needed: 2 of 2 approvals/);
    const [, deployment = ''] = /^(\S+) is asked for, and starts when its gates are open\n/.exec(cli.out) ?? [];
    const status = await shop.run('status');
    expect(status.out).toContain(`waits     v2 (${deployment}), by dev@example.org, since`);
    expect(status.out).toContain(`sternway follow ${deployment}`);

    const wrong = await shop.run('approve', deployment, '--key', signers.key('ada'), '--plan', 'e'.repeat(12));
    expect(wrong).toMatchObject({ code: 12, out: '', err: expect.stringContaining(`the plan of ${deployment} is ${shop.hash}, and not eeeeeeeeeeee`) as string });
    const ada = await shop.run('approve', deployment, '--key', signers.key('ada'), '--plan', shop.hash.slice(0, 12));
    expect(ada).toMatchObject({ code: 0, err: '' });
    expect(ada.out).toMatch(/^cli-approves\/production {2}v2 \(commit c{12}\), from v1, on web-1, web-2\n(.*\n)*plan f{64}\nada@example\.org approves the plan f{12}, until 20/);
    expect(ada.out).toContain('\n  stop: stop the app (undo)\n  migrate: migrate (undo)\n  switch: switch release (undo)\n');
    expect(ada.out).toContain('\nWhat changed\n  - Search by date\nKnown problems\n  - Search is slow: filter by month\nplan ffff');
    await cli.says(/waits +approval: approved by ada@example\.org; still needed: 1 of 2 approvals/);
    expect((await shop.run('approve', deployment, '--key', signers.key('grace'), '--json')).code).toBe(0);
    const { code, out } = await cli.ended();
    expect(code).toBe(0);
    expect(out).toMatch(/ {2}start +deploy cli-approves\/production v2 \S+ by dev@example\.org: weekly\n/);
    expect(out).toMatch(/end +DEPLOYED after/);
    const report = (await shop.run('report')).out;
    expect(report).toMatch(/\ngate +approval: approved by ada@example\.org and grace@example\.org\n/);
    expect(report).toContain('\nWhat changed\n  - Search by date\nKnown problems\n  - Search is slow: filter by month\n');
  });

  test('left by a signal goes on waiting, can be followed again, and ends with 13 when it is withdrawn', async () => {
    const shop = new GatedShop('cli-leaves', LATER);
    const cli = shop.cli('deploy', 'v2');
    await cli.says(/start +not before 20\d\d-\d\d-\d\d 00:00 UTC, as far as clocks tell/);
    cli.signal('SIGINT');
    const left = await cli.ended();
    const [, deployment = ''] = /^(\S+) is asked for/.exec(left.out) ?? [];
    expect(left).toMatchObject({ code: 15, err: expect.stringContaining(`${deployment} waits on without us, and starts when its gates are open`) as string });
    const again = shop.cli('follow', deployment, '--json');
    await again.says('"type":"waiting-at-gates"');
    expect(await shop.run('withdraw', deployment, '--by', 'ops@example.org', '--reason', 'not today')).toEqual({ code: 0, out: `${deployment} is withdrawn: it does not start, and nothing was changed\n`, err: '' });
    const { code, out } = await again.ended();
    expect(code).toBe(13);
    expect(jsonLines(out).at(-1)).toMatchObject({ v: 1, type: 'request-ended', deployment, outcome: 'unchanged', sentence: 'withdrawn by ops@example.org: not today, before anything was changed' });
    expect(await shop.run('withdraw', deployment)).toMatchObject({ code: 12, err: expect.stringContaining(`${deployment} does not wait any more`) as string });
    expect(shop.calls).not.toContain('claimHosts');
  });

  test('says whose place it takes where another deployment waits already, which then ends refused', async () => {
    const shop = new GatedShop('cli-newer', `{ ${approvals()} }`);
    const older = shop.cli('deploy', 'v2', '--by', 'dev@example.org');
    await older.says(/waits +approval: /);
    const [, first = ''] = /^(\S+) is asked for/.exec(older.out) ?? [];
    const newer = shop.cli('deploy', 'v3', '--by', 'dev@example.org');
    await newer.says(/waits +approval: /);
    expect(newer.out).toContain(`\nit takes the place of v2 (${first}), which dev@example.org asked for at `);
    await shop.server.client.workflow.getHandle(shop.beside.request(first)).signal('wake');
    expect(await older.ended()).toMatchObject({ code: 12, out: expect.stringMatching(/REFUSED order: v3 \(\S+\), asked for later, waits as well, and takes the place of this one: ask again for v2 if you mean it; nothing was changed/) as string });
    const [, second = ''] = /^(\S+) is asked for/.exec(newer.out) ?? [];
    expect((await shop.run('withdraw', second, '--reason', 'over')).code).toBe(0);
    expect((await newer.ended()).code).toBe(13);
  });

  test('asks in the next second where another deployment of the same release was asked for in this one', async () => {
    const shop = new GatedShop('cli-twice', LATER);
    const taken = Array.from({ length: 5 }, (_, second) => deploymentId('v2', new Date(Date.now() + second * 1000)));
    const nobody = new Requests(temporal.client, 'nobody works here');
    const wish = { app: 'cli-twice', environment: 'production', release: 'v2', by: 'ci', via: 'ci', reason: 'push' };
    await Promise.all(taken.map((deployment) => nobody.start({ ...wish, deployment })));
    await expect(nobody.start({ ...wish, deployment: taken[0] ?? '' })).rejects.toThrow(NameTaken);
    const asked = await shop.run('deploy', 'v2', '--no-follow');
    expect(asked).toMatchObject({ code: 15, err: '' });
    expect(taken).not.toContain(/^(\S+) is asked for/.exec(asked.out)?.[1]);
  });

  test('ends with 12 where no wait helps, with 15 at once by --no-follow, and begins by --override [WN-02]', async () => {
    const shop = new GatedShop('cli-never', SALE);
    const never = await shop.run('deploy', 'v2');
    expect(never.code).toBe(12);
    expect(never.out).toMatch(/REFUSED window: .*change gates\.window; nothing was changed\n$/);
    const later = new GatedShop('cli-later', LATER);
    const asked = await later.run('deploy', 'v2', '--no-follow');
    expect(asked).toMatchObject({ code: 15, err: '' });
    expect(asked.out).toMatch(/sternway withdraw \S+ --reason WHY\n {6}to take it back\n$/);
    const over = await later.run('deploy', 'v2', '--override', 'the site is down anyway', '--by', 'dev@example.org');
    expect(over).toMatchObject({ code: 0, err: '' });
    expect(over.out).toMatch(/open +window: overridden by dev@example\.org \(the site is down anyway\), although the window is closed/);
  });
});

test('sternway freeze keeps deployments from starting, with gates or without, until sternway thaw; both say so', async () => {
  const shop = new GatedShop('cli-freezes');
  const frozen = await shop.run('freeze', '--until', '36h', '--by', 'ops@example.org', '--reason', 'an audit');
  expect(frozen).toMatchObject({ code: 0, err: '' });
  expect(frozen.out).toMatch(/^no deployment of cli-freezes\/production starts until 20\d\d-\d\d-\d\d \d\d:\d\d UTC; what runs goes on, and a rollback passes\n/);
  expect((await shop.run('status')).out).toMatch(/FROZEN {4}until 20.* UTC, by ops@example\.org: an audit\n/);
  const refused = await shop.run('deploy', 'v2');
  expect(refused.code).toBe(12);
  expect(refused.out).toContain('freeze: ops@example.org has frozen deployments (an audit) until ');
  expect(await shop.run('thaw', '--by', 'ops@example.org')).toEqual({ code: 0, out: 'cli-freezes/production is thawed: the freeze by ops@example.org (an audit) is over\n', err: '' });
  await temporal.client.workflow.getHandle(shop.beside.freeze).result();
  expect((await shop.run('thaw')).code).toBe(12);
  expect((await shop.run('deploy', 'v2')).code).toBe(0);
});
