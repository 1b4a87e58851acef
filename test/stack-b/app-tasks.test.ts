import { afterAll, beforeAll, expect, test } from 'vitest';
import { raiseNotes, type NotesHost } from '../../testbed/notes';
import { until } from '../../testbed/wait';

// What can be counted on when deployments are judged by tasks that were lost or carried out again.
let notes: NotesHost;
beforeAll(async () => {
  notes = await raiseNotes({ strategy: 'systemd', name: 'app-tasks' });
});
afterAll(() => notes.remove());

async function run(command: string): Promise<string> {
  const done = await notes.host.run(command);
  if (done.code !== 0) throw new Error(`${command} ended with ${String(done.code)}: ${done.stderr}`);
  return done.stdout.trim();
}
const python = (code: string): Promise<string> => run(`cd /var/www/notes && runuser -u notes -- venv/bin/python manage.py shell -v 0 -c '${code}'`);

/** Tasks of a tenth of a second each. */
const send = (from: number, count: number): Promise<string> => python(`from authentication.tasks import work_task; [work_task.delay(n, 0.1) for n in range(${from}, ${from + count})]`);
const rows = async (from: number, count: number): Promise<number[]> =>
  (await run(`mariadb -N notes -e 'SELECT times FROM authentication_taskeffect WHERE number >= ${from} AND number < ${from + count} AND times > 0'`)).split('\n').filter(Boolean).map(Number);
const deliveries = async (from: number, count: number): Promise<number> => {
  const lines = (await run("REDISCLI_AUTH=$(sed -n 's/^requirepass //p' /etc/redis/redis.conf) redis-cli lrange notes:deliveries 0 -1")).split('\n').filter(Boolean);
  return lines.map((line) => (JSON.parse(line) as { number: number }).number).filter((number) => number >= from && number < from + count).length;
};

async function acksLate(value: 'True' | 'False'): Promise<void> {
  await run(`sed -i 's/^CELERY_ACKS_LATE=.*/CELERY_ACKS_LATE=${value}/; s/^CELERY_VISIBILITY_TIMEOUT=.*/CELERY_VISIBILITY_TIMEOUT=5/' /var/www/notes/.env; systemctl restart notes-celery`);
}

test.each([
  ['off', 'False', 1000],
  ['on', 'True', 2000],
] as const)('a worker that is stopped in the middle of 60 tasks and started again does each of them once, with acks_late %s', async (_name, value, from) => {
  await acksLate(value);
  await send(from, 60);
  await until('Some are done', async () => (await rows(from, 60)).length > 5 || undefined);
  await run('systemctl stop notes-celery');
  const half = (await rows(from, 60)).length;
  expect(half).toBeLessThan(60);
  await run('systemctl start notes-celery');
  await until('All are done', async () => (await rows(from, 60)).length === 60 || undefined, { everyMs: 200 });
  expect(await rows(from, 60)).toEqual(Array<number>(60).fill(1));
  expect(await deliveries(from, 60)).toBe(60);
});

test('with acks_late a worker that is killed loses nothing: what it was at is delivered again', async () => {
  await acksLate('True');
  await send(3000, 60);
  await until('Some are done', async () => (await rows(3000, 60)).length > 5 || undefined);
  await run('systemctl kill --signal=SIGKILL notes-celery');
  await until('All are done', async () => (await rows(3000, 60)).length === 60 || undefined, { seconds: 120, everyMs: 200 });
  expect(await deliveries(3000, 60)).toBeGreaterThan(60);
});

test('without acks_late a worker that is killed loses the tasks that it was at, and the counts show it', async () => {
  await acksLate('False');
  await send(4000, 60);
  await until('Some are done', async () => (await rows(4000, 60)).length > 5 || undefined);
  await run('systemctl kill --signal=SIGKILL notes-celery');
  await until('The last task', async () => (await run("mariadb -N notes -e 'SELECT COUNT(*) FROM authentication_taskeffect WHERE number = 4059 AND times > 0'")) === '1' || undefined, { seconds: 120, everyMs: 200 });
  const lost = 60 - (await rows(4000, 60)).length;
  expect(lost).toBeGreaterThan(0);
  expect(lost).toBeLessThanOrEqual(4);
});
