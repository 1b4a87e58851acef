import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { until } from '../e2e/stage';
import { inFlight, type Counted } from './support/celery';
import { deploy, must, raiseNotesStage, rollback, type NotesStage, type Strategy } from './support/stage';

// A deployment, and the whole queue after it, on machines that may be busy.
vi.setConfig({ testTimeout: 900_000 });

const COUNT = 500;
/** What the record of a worker's end must say: asked, finished, and never killed. */
const WARM: Record<Strategy, RegExp> = { systemd: /^worker: Warm shutdown \(MainProcess\); notes-celery\.service: Deactivated successfully\.$/, compose: /^exit code 0$/ };
const table: Record<string, string> = {};

/** The round trip through Celery waits behind the queue, forward and back; and pages are slower while the worker has so much to do. */
function patient(config: Record<string, unknown>): void {
  config['timeouts'] = { ...(config['timeouts'] as object), check: '150s', undo_budget: '240s' };
  config['probes'] = (config['probes'] as { name: string }[]).filter(({ name }) => name !== 'steady');
}

async function acksLate(stage: NotesStage, value: 'True' | 'False'): Promise<void> {
  await must(stage, `sed -i 's/^CELERY_ACKS_LATE=.*/CELERY_ACKS_LATE=${value}/' "$(readlink -f /var/www/notes/.env)" && systemctl restart notes-celery notes-web notes-beat`);
}

/** Nothing lost, the stop waited, one beat; `before`, `after`: both releases had tasks of these to do. */
function expectNoneLost(counted: Counted, strategy: Strategy, before: string, after: string): void {
  expect(counted.lost).toBe(0);
  expect(counted.deliveries[before]).toBeGreaterThan(0);
  expect(counted.deliveries[after]).toBeGreaterThan(0);
  expect(counted.stop).toMatch(WARM[strategy]);
  expect(counted.endedInStop).toBeGreaterThan(0);
  expect(counted.looks).toBeGreaterThan(50);
  expect(counted.beats).toBe(1);
}

function note(what: string, { sent, lost, deliveries, repeated, endedInStop, beats }: Counted): void {
  const delivered = Object.entries(deliveries).map(([version, n]) => `${version}: ${n}`).join(', ');
  table[what] = `sent ${sent}, lost ${lost}, delivered ${Object.values(deliveries).reduce((a, b) => a + b, 0)} (${delivered}), effects repeated ${repeated}, ended in the stop ${endedInStop}, beats at once ${beats}`;
}

const cases = [
  { strategy: 'systemd', acks: ['False', 'True'], proves: '[A-48, SV-06, SV-09]' },
  { strategy: 'compose', acks: [null], proves: '[A-48]' },
] as const;

for (const { strategy, acks, proves } of cases) describe(`strategy ${strategy}`, () => {
  let stage: NotesStage;
  beforeAll(async () => {
    stage = await raiseNotesStage(`celery-${strategy}`, strategy, patient);
  });
  afterAll(async () => {
    await stage?.remove();
    process.stdout.write(`${Object.entries(table).map(([what, said]) => `${what}: ${said}`).join('\n')}\n`);
  });

  for (const [n, late] of acks.entries()) {
    const how = late === null ? 'as the app has it' : `CELERY_ACKS_LATE=${late}`;
    const from = (strategy === 'compose' ? 50_000 : 10_000) + n * 10_000;
    test(`none of ${COUNT} tasks in flight is lost in a deployment, ${how}; what is done twice is shown, not judged ${proves}`, async () => {
      if (late) await acksLate(stage, late);
      const counted = await inFlight(stage, from, COUNT, async () => expect(await deploy(stage, 'v1.1.0')).toMatchObject({ outcome: 'deployed' }));
      note(`${strategy}, deployment, ${how}`, counted);
      expectNoneLost(counted, strategy, 'v1.0.0', 'v1.1.0');
    });

    test(`none of ${COUNT} tasks in flight is lost in a rollback, ${how}; what is done twice is shown, not judged ${proves}`, async () => {
      const counted = await inFlight(stage, from + 5000, COUNT, async () => expect(await rollback(stage)).toMatchObject({ outcome: 'rolled-back' }));
      note(`${strategy}, rollback, ${how}`, counted);
      expectNoneLost(counted, strategy, 'v1.1.0', 'v1.0.0');
    });
  }

  if (strategy === 'systemd') test('the same counts show a worker that is killed, and what is lost with it', async () => {
    await acksLate(stage, 'False');
    const enabled = '/etc/nginx/sites-enabled/notes';
    const before = await must(stage, `readlink ${enabled}`);
    const counted = await inFlight(stage, 30_000, 60, async () => {
      // For the sender alone: nginx is not told.
      await must(stage, `ln -sfn ${enabled.replace('enabled', 'available')}.maintenance ${enabled}`);
      await until('tasks are at work', async () => (await must(stage, "env REDISCLI_AUTH=\"$(sed -n 's/^requirepass //p' /etc/redis/redis.conf)\" redis-cli LRANGE notes:deliveries -1 -1")).includes('"number": 300'));
      await must(stage, `systemctl kill --signal=SIGKILL notes-celery; ln -sfn ${before} ${enabled}`);
    });
    note('systemd, killed by hand', counted);
    expect(counted.lost).toBeGreaterThan(0);
    expect(counted.stop).toMatch(/code=killed/);
    expect(counted.stop).not.toMatch(WARM.systemd);
  });
});
