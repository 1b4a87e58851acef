// Each exit code from a real run of the command, on a real Temporal server; only the hosts are fakes.
import { execFileSync } from 'node:child_process';
import { describe, expect, test, vi } from 'vitest';
import { requireTemporal } from '../../src/temporal/find-executable';
import { useTemporal } from '../workflows/support/use-temporal';
import { jsonLines } from './support/cli';
import { Shop } from './support/shop';

const temporal = useTemporal();
// Each test runs whole processes.
vi.setConfig({ maxConcurrency: 3, testTimeout: 300_000 });

const START = 'forward 09-start-the-app@web-2';
const MIGRATE = 'forward 07-migrate@web-1';

/** The Temporal CLI as it comes, knowing nothing of Sternway. */
function bareTemporal(shop: Shop, ...args: string[]): void {
  execFileSync(requireTemporal(), ['workflow', ...args, '--workflow-id', `${shop.app}/production`, '--address', shop.address], { stdio: 'ignore' });
}

describe.concurrent('sternway deploy', () => {
  test('ends with 0 when the release is live, every step told with its time', async () => {
    const shop = new Shop(temporal, 'cli-good');
    const { code, out, err } = await shop.sternway('deploy', 'v2', '--reason', 'weekly release', '--by', 'ada@example.org');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/ {2}start +deploy cli-good\/production v2 \d{8}-\d{6}-v2 by ada@example\.org: weekly release\n/);
    expect(out).toMatch(/ {2}ok +migrate: migrate · web-1 \(\d+\.\d s\)\n/);
    expect(out).toMatch(/ {2}end +DEPLOYED after \d/);
    expect(out).toContain('v2 is live on web-1, web-2 and verified');
    expect(out).toContain('sternway rollback    # to take it back');
  });

  test('gives one event a line with --json, each with version, time and type', async () => {
    const shop = new Shop(temporal, 'cli-json');
    const { code, out, err } = await shop.sternway('deploy', 'v2', '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const events = jsonLines(out);
    expect(events.every(({ v, at, type }) => v === 1 && typeof type === 'string' && !Number.isNaN(Date.parse(at as string)))).toBe(true);
    expect(events[0]).toMatchObject({ type: 'started', app: 'cli-json', via: 'cli' });
    expect(events.filter(({ type }) => type === 'step-started')).toHaveLength(18);
    expect(events.filter(({ type }) => type === 'step-ended')).toHaveLength(18);
    expect(events.at(-1)).toMatchObject({ type: 'ended', outcome: 'deployed' });
  });

  test('ends with 10 when a step fails and the hosts are as before, with its last words and what to do', async () => {
    const shop = new Shop(temporal, 'cli-fails');
    shop.fail(START, Infinity, 'the port is taken');
    const { code, out } = await shop.sternway('deploy', 'v2');
    expect(code).toBe(10);
    expect(out).toMatch(/FAILED +start: start the app · web-2/);
    expect(out).toMatch(/BACK +failure: start the app on web-2: the port is taken\n/);
    expect(out).toMatch(/ok +undo stop: stop the app · web-1/);
    expect(out).toMatch(/end +ROLLED BACK after/);
    expect(out).toMatch(/sternway report \d{8}-\d{6}-v2 {4}# the whole story/);
    expect(shop.left()).toEqual([]);
  });

  test('ends with 10 at the deadline', async () => {
    const shop = new Shop(temporal, 'cli-late', { limits: { deadline: 1 } });
    const gate = shop.hold(MIGRATE);
    const cli = shop.cli(['deploy', 'v2']);
    await cli.says(/BACK +deadline: the deadline of 1 s has passed\n/);
    gate.open();
    expect((await cli.ended()).code).toBe(10);
  });

  test('ends with 12 when it is refused, all reasons told and nothing changed', async () => {
    const shop = new Shop(temporal, 'cli-refused');
    shop.fail('preparePlan', Infinity, 'web-1 has 1.2 GB free, 5 GB are needed; there is no tag v2');
    const { code, out } = await shop.sternway('deploy', 'v2');
    expect(code).toBe(12);
    expect(out).toMatch(/end +REFUSED, NOTHING CHANGED/);
    expect(out).toContain('web-1 has 1.2 GB free, 5 GB are needed; there is no tag v2');
    expect(shop.journal).toEqual([]);
  });

  test('ends with 12 and what to do where the hosts have drifted; with --adopt it goes on, and every account of it says who adopted what, and why', async () => {
    const drift = (['vhost', 'unit', 'unit'] as const).map((kind, n) => ({ kind, host: 'web-1', path: `/etc/${n}`, sentence: `web-1: /etc/${n} was changed by \u001b[31mhand, or deploy with --adopt to keep it` }));
    const shop = new Shop(temporal, 'cli-adopts', { drift });
    const refused = await shop.sternway('deploy', 'v2');
    expect(refused.code).toBe(12);
    for (const n of [0, 1, 2]) expect(refused.out).toContain(`web-1: /etc/${n} was changed by \\x1b[31mhand, or deploy with --adopt to keep it`);
    expect(shop.journal).toEqual([]);
    const adopting = await shop.sternway('deploy', 'v2', '--adopt', '--by', 'ada', '--reason', 'the hotfix stays');
    expect(adopting.code).toBe(0);
    expect(adopting.out.match(/adopts: web-1: \/etc\/\d was changed by \\x1b\[31mhand/g)).toHaveLength(3);
    const report = await shop.sternway('report');
    expect(report.out).toMatch(/by ada \(cli\) - the hotfix stays\n/);
    expect(report.out.match(/^adopted {3}web-1: \/etc\/\d was changed/gm)).toHaveLength(3);
    const history = await shop.sternway('history');
    expect(history.out).toMatch(/by ada: the hotfix stays\n {4}adopted what differed from what was left: 1 vhost, 2 unit\n/);
    expect(jsonLines((await shop.sternway('history', '--json')).out).map(({ adopted }) => adopted)).toEqual(['1 vhost, 2 unit', null]);
    expect(jsonLines((await shop.sternway('report', '--json')).out).find(({ type }) => type === 'planned')).toMatchObject({ adopted: drift.map(({ sentence }) => sentence) });
  });

  test('ends with 13 when the bare Temporal CLI signals rollback, without payload', async () => {
    const shop = new Shop(temporal, 'cli-signal');
    const gate = shop.hold(MIGRATE);
    const cli = shop.cli(['deploy', 'v2']);
    await shop.happened(`${MIGRATE} began`);
    bareTemporal(shop, 'signal', '--name', 'rollback');
    await cli.says(/BACK +signal: rollback asked for by /);
    gate.open();
    expect((await cli.ended()).code).toBe(13);
    expect(shop.left()).toEqual([]);
  });

  test('ends with 13 when it is cancelled', async () => {
    const shop = new Shop(temporal, 'cli-cancel');
    const gate = shop.hold(MIGRATE);
    const cli = shop.cli(['deploy', 'v2']);
    await shop.happened(`${MIGRATE} began`);
    bareTemporal(shop, 'cancel');
    await cli.says(/BACK +cancel: cancelled by /);
    gate.open();
    const { code, out } = await cli.ended();
    expect(code).toBe(13);
    expect(out).toMatch(/end +ROLLED BACK/);
  });

  test('ends with 11 when it is terminated by hand, saying that nothing was taken back', async () => {
    const shop = new Shop(temporal, 'cli-terminated');
    shop.hold(MIGRATE);
    const cli = shop.cli(['deploy', 'v2']);
    await shop.happened(`${MIGRATE} began`);
    bareTemporal(shop, 'terminate', '--reason', 'impatience');
    const { code, out } = await cli.ended();
    expect(code).toBe(11);
    expect(out).toMatch(/terminated by .* \(impatience\): nothing was taken back, the hosts are as the last step left them/);
    expect(out).toContain('sternway rollback --take-over');
  });

  test('ends with 14 while another holds the environment: who, since when, how to follow', async () => {
    const shop = new Shop(temporal, 'cli-busy');
    const gate = shop.hold(MIGRATE);
    await shop.start();
    await shop.happened(`${MIGRATE} began`);
    const { code, out, err } = await shop.sternway('deploy', 'v3');
    expect({ code, out }).toEqual({ code: 14, out: '' });
    expect(err).toMatch(
      /^sternway: cli-busy\/production is held: the deployment of v2 \(other-cli-busy\) is running since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(\d+ s ago\) by ada@example\.org \(weekly\); nothing was started\n {2}sternway follow\n {6}to follow it\n/,
    );
    const asJson = await shop.sternway('deploy', 'v3', '--json');
    expect(asJson.code).toBe(14);
    expect(jsonLines(asJson.out)).toMatchObject([{ v: 1, type: 'busy', deployment: 'other-cli-busy', by: 'ada@example.org', release: 'v2' }]);
    gate.open();
  });

  test('ends with 14 also when the bare Temporal CLI started the other, whatever it left out', async () => {
    const shop = new Shop(temporal, 'cli-bare');
    const gate = shop.hold(MIGRATE);
    bareTemporal(shop, 'start', '--type', 'deploy', '--task-queue', temporal.taskQueue, '--input', JSON.stringify({ ...shop.target, release: 'v2' }));
    await shop.happened(`${MIGRATE} began`);
    const { code, err } = await shop.sternway('deploy', 'v3');
    expect(code).toBe(14);
    expect(err).toMatch(/^sternway: cli-bare\/production is held: the deployment of v2 is running since .* by temporal-cli:.*; nothing was started\n/);
    gate.open();
  });

  test('ends with 14 when a stranger holds the workflow id, with an input that says nothing', async () => {
    const shop = new Shop(temporal, 'cli-stranger');
    bareTemporal(shop, 'start', '--type', 'somethingElse', '--task-queue', 'nobody-listens');
    const { code, err } = await shop.sternway('deploy', 'v3');
    expect(code).toBe(14);
    expect(err).toMatch(/^sternway: cli-stranger\/production is held: the deployment of a release is running since .* by temporal-cli:.*; nothing was started\n/);
    bareTemporal(shop, 'terminate');
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends with 15 at %s, and the deployment goes on', async (signal) => {
    const shop = new Shop(temporal, `cli-${signal.toLowerCase()}`);
    const gate = shop.hold(MIGRATE);
    const cli = shop.cli(['deploy', 'v2']);
    await cli.says('migrate: migrate · web-1');
    cli.signal(signal);
    const { code, err } = await cli.ended();
    expect(code).toBe(15);
    expect(err).toBe('\nNo longer followed; it goes on without us.\n  sternway follow\n      to follow it again\n  sternway rollback\n      to turn it back\n');
    gate.open();
    expect((await shop.sternway('follow')).code).toBe(0);
  });

  test('ends with 15 after --timeout, and at once with --no-follow', async () => {
    const shop = new Shop(temporal, 'cli-timeout');
    const gate = shop.hold(MIGRATE);
    const detached = await shop.sternway('deploy', 'v2', '--no-follow');
    expect(detached).toMatchObject({ code: 15, err: '' });
    expect(detached.out).toMatch(/^\d{8}-\d{6}-v2 is under way; sternway follow\n$/);
    const { code, err } = await shop.sternway('follow', '--timeout', '1s');
    expect(code).toBe(15);
    expect(err).toContain('No longer followed after 1.0 s; it goes on without us.');
    gate.open();
    expect((await shop.sternway('follow')).code).toBe(0);
  });

  test('says that no worker asks for work instead of waiting in silence', async () => {
    const shop = new Shop(temporal, 'cli-alone');
    const cli = shop.cli(['deploy', 'v2', '--task-queue', 'nobody-here']);
    await cli.says('no worker asks for work, so nothing goes on: start one with sternway worker');
    cli.signal('SIGINT');
    expect((await cli.ended()).code).toBe(15);
    bareTemporal(shop, 'terminate');
  });
});

describe.concurrent('a run that waits for a person', () => {
  const UNDO = 'undo 08-switch-release@web-1';
  const TASK = '08-switch-release@web-1';

  async function blocked(app: string): Promise<Shop> {
    const shop = new Shop(temporal, app);
    shop.fail(START);
    shop.fail(UNDO, 1, '/opt/shop is a directory, not the link that was written');
    const { code, out } = await shop.sternway('deploy', 'v2');
    expect(code).toBe(11);
    expect(out).toMatch(/BLOCKED +08-switch-release@web-1: switch release on web-1 could not be taken back: .*\/opt\/shop is a directory, not the link that was written\n/);
    for (const answer of ['retry', 'skip', 'resolved']) expect(out).toContain(`sternway decide ${TASK} ${answer} --reason WHY    # `);
    expect((await shop.client.newest(shop.target))?.status).toBe('running');
    return shop;
  }

  test('ends the command with 11 and stays open; retry brings it to 10', async () => {
    const shop = await blocked('cli-retry');
    const again = await shop.sternway('follow');
    expect(again.code).toBe(11);
    const status = await shop.sternway('status');
    expect(status.out).toMatch(/^cli-retry\/production\n {2}BLOCKED {3}v2 \(\d{8}-\d{6}-v2\), by /);
    expect(status.out).toContain(`sternway decide ${TASK} retry --reason WHY`);
    expect((await shop.sternway('history')).out).toMatch(/v2 +blocked/);
    expect(await shop.sternway('decide', TASK, 'retry', '--reason', 'the directory is gone now')).toMatchObject({ code: 0, err: '', out: `${TASK}: retry; sternway follow shows what comes of it\n` });
    const { code, out } = await shop.sternway('follow');
    expect(code).toBe(10);
    expect(out).toMatch(/answer +08-switch-release@web-1: retry, by .*: the directory is gone now\n/);
    expect(shop.left()).toEqual([]);
  });

  test('ends with 11 for good after skip: incomplete, and what was not taken back is named', async () => {
    const shop = await blocked('cli-skip');
    await shop.sternway('decide', TASK, 'skip', '--reason', 'leave it', '--by', 'eve@example.org');
    const { code, out } = await shop.sternway('follow');
    expect(code).toBe(11);
    expect(out).toMatch(/end +INCOMPLETE after/);
    const report = await shop.sternway('report');
    expect(report.code).toBe(0);
    expect(report.out).toMatch(/\nINCOMPLETE: .*\n/);
    expect(report.out).toContain('NOT taken back\n  switch release@web-1\n');
    expect(report.out.replace(/\s+/g, ' ')).toContain(`${TASK}: skip, by eve@example.org: leave it`);
  });

  test('takes no answer for a task that does not wait: 12, and the one that does is named', async () => {
    const shop = await blocked('cli-wrong');
    const { code, out, err } = await shop.sternway('decide', '07-migrate@web-1', 'skip', '--reason', 'x');
    expect({ code, out }).toEqual({ code: 12, out: '' });
    expect(err).toBe(`sternway: 07-migrate@web-1 is not waiting for a decision on cli-wrong/production; waiting: ${TASK}\n`);
    await shop.sternway('decide', TASK, 'resolved', '--reason', 'done by hand');
    expect((await shop.sternway('follow')).code).toBe(10);
    expect((await shop.sternway('decide', TASK, 'retry', '--reason', 'x'))).toMatchObject({ code: 12, out: '' });
  });

  test('at a terminal the command waits with it, and goes on when somebody answers elsewhere', async () => {
    const shop = new Shop(temporal, 'cli-tty');
    shop.fail(START, Infinity, 'a\x1b[31mred\x1b[0m\x9b2Jword');
    shop.fail(UNDO, 1);
    const cli = shop.cli(['deploy', 'v2'], { terminal: true, env: { TERM: 'xterm' } });
    await cli.says('waiting for an answer');
    expect(cli.out).toContain('BLOCKED');
    expect(cli.out).toContain(`sternway decide ${TASK} skip`);
    await shop.sternway('decide', TASK, 'resolved', '--reason', 'done by hand');
    const { code, out } = await cli.ended();
    expect(code).toBe(10);
    expect(out).toContain('a\\x1b[31mred\\x1b[0m\\x9b2Jword');
    expect(out).not.toContain('\x1b[31mred');
    expect(out).toMatch(/ROLLED BACK/);
  });
});

describe.concurrent('sternway rollback', () => {
  test('turns back the deployment that runs: 0 for whoever asked, 13 for whoever deployed', async () => {
    const shop = new Shop(temporal, 'cli-turn');
    const gate = shop.hold(MIGRATE);
    const deploy = shop.cli(['deploy', 'v2']);
    await shop.happened(`${MIGRATE} began`);
    const rollback = shop.cli(['rollback', '--reason', 'looks wrong', '--by', 'eve@example.org']);
    await deploy.says('rollback asked for by eve@example.org: looks wrong');
    gate.open();
    expect([(await rollback.ended()).code, (await deploy.ended()).code]).toEqual([0, 13]);
    expect(shop.left()).toEqual([]);
  });

  test('takes back the live deployment hours later: 0, and history and status know', async () => {
    const shop = new Shop(temporal, 'cli-later');
    await shop.sternway('deploy', 'v2');
    expect((await shop.sternway('status')).out).toMatch(/running +nothing\n +live +v2 \(\d{8}-\d{6}-v2\), since /);
    const { code, out } = await shop.sternway('rollback', '--reason', 'customers complain');
    expect(code).toBe(0);
    expect(out).toMatch(/end +ROLLED BACK/);
    // Users were let in: an additive schema stays, and the report says so.
    expect(shop.left()).toEqual(['07-migrate@web-1']);
    expect((await shop.sternway('report')).out).toContain('Schema that stayed, being additive\n  migrate@web-1\n');
    const history = await shop.sternway('history');
    expect(history.out).toMatch(/^\d{4}-\d\d-\d\d .* rollback +rolled-back .*\n(.*\n)*\d{4}-\d\d-\d\d .* v2 +deployed/);
    expect((await shop.sternway('status')).out).toMatch(/live +v1, as before the deployments that Temporal knows\n/);
    expect((await shop.sternway('follow')).code).toBe(0);
  });

  test('ends with 12 when there is nothing to take back', async () => {
    const shop = new Shop(temporal, 'cli-nothing');
    const { code, out } = await shop.sternway('rollback');
    expect(code).toBe(12);
    expect(out).toMatch(/REFUSED, NOTHING CHANGED/);
  });

  test('ends with 12 when another deployment runs than the one named, and does not touch that', async () => {
    const shop = new Shop(temporal, 'cli-other');
    const gate = shop.hold(MIGRATE);
    await shop.start();
    await shop.happened(`${MIGRATE} began`);
    const { code, out, err } = await shop.sternway('rollback', '--deployment', '20260101-000000-v1');
    expect({ code, out }).toEqual({ code: 12, out: '' });
    expect(err).toMatch(/^sternway: cli-other\/production is held by other-cli-other, not by 20260101-000000-v1: nothing was asked for/);
    gate.open();
    expect((await shop.sternway('follow')).code).toBe(0);
  });

  test('that comes before anything was changed withdraws: 0 for whoever asked, 13 for whoever deployed', async () => {
    const shop = new Shop(temporal, 'cli-early');
    const gate = shop.hold('preparePlan');
    const deploy = shop.cli(['deploy', 'v2']);
    await deploy.says('read the hosts and plan');
    const rollback = shop.cli(['rollback']);
    const codes = [(await rollback.ended()).code, (await deploy.ended()).code];
    gate.open();
    expect(codes).toEqual([0, 13]);
    expect(deploy.out).toMatch(/WITHDRAWN, NOTHING CHANGED/);
    expect(shop.journal).toEqual([]);
  });
});

test('what Temporal does not know is said, with what to ask instead: 12', async () => {
  const shop = new Shop(temporal, 'cli-unknown');
  for (const args of [['follow'], ['report'], ['follow', '20260101-000000-v1']]) {
    const { code, out, err } = await shop.sternway(...args);
    expect({ code, out }).toEqual({ code: 12, out: '' });
    expect(err).toMatch(/^sternway: Temporal knows no (run|deployment 20260101-000000-v1) of cli-unknown\/production, or no longer; sternway history lists what it knows\n$/);
  }
  expect(await shop.sternway('history')).toMatchObject({ code: 0, out: 'Temporal knows no run of cli-unknown/production, or no longer; sternway check asks the hosts\n' });
});
