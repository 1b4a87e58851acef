// `sternway tasks`, `done` and `drill` as a person runs them, on a real Temporal server; only the hosts are fakes.
import { describe, expect, test, vi } from 'vitest';
import { RUNBOOK } from '../../src/config/follow-ups';
import { seconds } from '../../src/config/units';
import { useTemporal } from '../workflows/support/use-temporal';
import { jsonLines } from './support/cli';
import { document, writeConfig } from './support/config';
import { Shop } from './support/shop';

const temporal = useTemporal();
// Each test runs whole processes.
vi.setConfig({ maxConcurrency: 3, testTimeout: 300_000 });

function shopOf(app: string): Shop {
  const shop = new Shop(temporal, app);
  shop.mayStay.add('07-migrate');
  writeConfig(shop.cwd, { ...document(app, ['production', 'staging']), drills: { environment: 'staging', max_age: '45d', refuse: true }, follow_ups: { preset: 'runbook' } });
  shop.policy = { ...shop.policy, followUps: RUNBOOK.map(({ name, after, what, on }) => ({ name, what, on, after: seconds(after), remind: 3600 })) };
  return shop;
}

const E = ['-e', 'production'];

describe.concurrent('what people have still to do', () => {
  test('is listed with what it is, until it is said to be done, by whom and with what came of it', async () => {
    const shop = shopOf('cli-tasks');
    expect(await shop.sternway('tasks', ...E)).toMatchObject({ code: 0, out: 'nothing is left to do on cli-tasks/production\n' });
    expect((await shop.sternway('deploy', 'v2', ...E)).code).toBe(0);
    const listed = await vi.waitFor(async () => {
      const found = await shop.sternway('tasks', ...E);
      expect(found.out).toContain('after-1-hour');
      return found.out;
    }, { timeout: 60_000 });
    expect(listed).toMatch(/^v2 \(\d{8}-\d{6}-v2\), deployed\n {2}open {5}after-1-hour {2}due \d{4}-\d\d-\d\d \d\d:\d\d UTC\n {11}- look for new errors in Sentry\n/);
    expect(listed).toContain('sternway done after-1-hour --environment production    # when that is done');
    const { code, out } = await shop.sternway('done', 'after-1-hour', '--note', 'all is well', '--by', 'ada@example.org', ...E);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^after-1-hour of \d{8}-\d{6}-v2: done\n$/) as string });
    expect((await shop.sternway('tasks', ...E)).out).not.toContain('after-1-hour');
    expect((await shop.sternway('tasks', '--all', ...E)).out).toContain('  done     after-1-hour  by ada@example.org: all is well\n');
    expect(jsonLines((await shop.sternway('tasks', '--json', ...E)).out)).toMatchObject([{ v: 1, type: 'task', name: 'after-24-hours', state: 'waiting', after: 'deployed' }, { name: 'after-1-week' }]);
    const again = await shop.sternway('done', 'after-1-hour', ...E);
    expect(again).toMatchObject({ code: 12, out: '', err: 'sternway: after-1-hour is not open on cli-tasks/production; open: after-24-hours, after-1-week\n' });
  });
});

describe.concurrent('a drill', () => {
  test('is held at once by hand: 0 and the proof, or 10 and why; status shows both, and what it means for deployments', async () => {
    const shop = shopOf('cli-drill');
    const well = await shop.sternway('drill', 'now', ...E);
    expect(well).toMatchObject({ code: 0, err: '' });
    expect(well.out).toMatch(/^a drill of cli-drill\/production is held on staging; .*\nproven: v2 was taken back to v1 on staging in \d+\.\d s, and the last backup can be restored\n$/);
    shop.damage = 'web-1: the dump is damaged';
    expect(await shop.sternway('drill', 'now', ...E)).toMatchObject({ code: 10, err: 'sternway: the drill failed: the last backup: web-1: the dump is damaged\n' });
    shop.fail('planDrill', 1, 'staging is held');
    expect(await shop.sternway('drill', 'now', ...E)).toMatchObject({ code: 12, err: 'sternway: no drill was held: staging is held\n' });
    const status = await vi.waitFor(async () => {
      const { out } = await shop.sternway('drill', 'status', ...E);
      expect(out).toContain('not-held');
      return out;
    }, { timeout: 60_000 });
    expect(status).toMatch(/^cli-drill\/production\n {2}last proven rollback: \d+ s ago, \d+\.\d s, v2 to v1 on staging; the last drill\s+failed/);
    expect(status).toContain('  deployments are refused until then\n  no schedule; sternway drill install --environment production makes it\n');
  });

  test('has a schedule that is made, brought up to date and taken away', async () => {
    const shop = shopOf('cli-schedule');
    const install = () => shop.sternway('drill', 'install', ...E);
    expect((await install()).out).toMatch(/^the schedule was made: drills of cli-schedule\/production on staging, monthly, next \d{4}-\d\d-01 04:00 UTC; /);
    expect((await install()).out).toMatch(/^the schedule was changed: /);
    expect((await shop.sternway('drill', 'status', ...E)).out).toMatch(/next drill: \d{4}-\d\d-01 04:00 UTC\n$/);
    expect((await shop.sternway('drill', 'remove', ...E)).out).toBe('no more drills of cli-schedule/production begin by themselves\n');
    expect((await shop.sternway('drill', 'remove', ...E)).out).toBe('cli-schedule/production has no schedule of drills\n');
  });

  test('of the environment that drills take place on is refused, with the reason', async () => {
    const shop = shopOf('cli-wrong');
    expect(await shop.sternway('drill', 'now', '-e', 'staging')).toMatchObject({ code: 2, out: '', err: 'sternway: staging is where drills take place, so it has none itself: name another one with --environment\n' });
  });
});
