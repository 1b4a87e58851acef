import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../e2e/stage';
import { must, type NotesStage } from './stage';

/** What became of numbered tasks that were sent when a deployment closed the site. */
export interface Counted {
  readonly sent: number;
  /** Tasks without an effect when the queue had run dry. */
  readonly lost: number;
  /** Times that a worker began one, by the release it ran. */
  readonly deliveries: Readonly<Record<string, number>>;
  /** Tasks with more than one effect. */
  readonly repeated: number;
  /** Of the worker that was stopped: tasks that it brought to their end after it was asked to stop. */
  readonly endedInStop: number;
  /** How its end was recorded: by systemd, or the container's exit code. */
  readonly stop: string;
  /** The most beats at one time, of so many looks. */
  readonly beats: number;
  readonly looks: number;
}

const WORK = '/run/notes';
const GO = `${WORK}/celery-go`;
const END = `${WORK}/celery-end`;
const READY = `${WORK}/celery-ready`;
const QUIET_MS = 10_000;

/** Runs `change` (a deployment or a rollback); as soon as users get its maintenance page, tasks `from` to `from + count` are sent. */
export async function inFlight(stage: NotesStage, from: number, count: number, change: () => Promise<unknown>): Promise<Counted> {
  await stage.notes.host.put('/root/celery_watch.py', readFileSync(join(__dirname, 'celery_watch.py')));
  await must(stage, `rm -f ${GO} ${END} ${READY}`);
  const watching = must(stage, `python3 /root/celery_watch.py ${GO} ${END}`);
  const sending = must(stage, inShell(stage, sender(from, count)));
  const stopped = theStop(stage);
  try {
    await until('the sender waits', async () => (await stage.notes.host.run(`test -e ${READY}`)).code === 0);
    await change();
    await sending;
  } finally {
    await must(stage, `touch ${GO} ${END}`);
  }
  const { beats, looks } = JSON.parse(await watching) as { beats: number; looks: number };
  await runDry(stage, from, count);
  const times = await effects(stage, from, count);
  return { sent: count, lost: count - times.length, deliveries: await deliveries(stage, from, count), repeated: times.filter((n) => n > 1).length, ...(await (await stopped)()), beats, looks };
}

/** Waits until every task has had its effect, or nothing has come of the rest for a while: whether any is lost the counts say. */
async function runDry(stage: NotesStage, from: number, count: number): Promise<void> {
  let [done, since] = [-1, Date.now()];
  await until('the queue has run dry', async () => {
    const now = (await effects(stage, from, count)).length;
    if (now !== done) [done, since] = [now, Date.now()];
    return (done === count || Date.now() - since > QUIET_MS) && (await waiting(stage)) === 0;
  }, 300);
}

/** One task in ten takes 0.6 s: whoever stops the worker meets some at work. */
const sender = (from: number, count: number): string => [
  'import os, time',
  'from authentication.tasks import work_task',
  `open("${READY}", "w").close()`,
  `while not os.path.exists("${GO}"):`,
  '    time.sleep(0.05)',
  `for n in range(${from}, ${from + count}):`,
  '    work_task.apply_async((n, 0.6 if n % 10 == 0 else 0.05), ignore_result=True)',
].join('\n');

function inShell(stage: NotesStage, code: string): string {
  const shell = `manage.py shell -v 0 -c '${code}'`;
  return stage.strategy === 'compose' ? `docker exec ${container('web')} python ${shell}` : `cd /var/www/notes && runuser -u notes -- venv/bin/python ${shell}`;
}

const container = (service: string): string => `$(docker ps --quiet --filter label=com.docker.compose.service=${service} --filter label=com.docker.compose.oneoff=False)`;

/** How often each task took effect, for those that did. */
async function effects(stage: NotesStage, from: number, count: number): Promise<number[]> {
  const sql = `SELECT times FROM authentication_taskeffect WHERE number >= ${from} AND number < ${from + count} AND times > 0`;
  const client = stage.strategy === 'compose' ? `docker exec -i ${container('db')} mariadb -N` : 'mariadb -N';
  return (await must(stage, `echo '${sql}' | ${client} "$(sed -n 's/^DB_NAME=//p' /var/www/notes/.env)"`)).split('\n').filter(Boolean).map(Number);
}

async function redis(stage: NotesStage, words: string): Promise<string[]> {
  const client = stage.strategy === 'compose' ? `docker exec ${container('redis')} redis-cli` : `env REDISCLI_AUTH="$(sed -n 's/^requirepass //p' /etc/redis/redis.conf)" redis-cli`;
  return (await must(stage, `${client} ${words}`)).split('\n').filter(Boolean);
}

/** Tasks in the queue, and those that a worker has taken and not acknowledged. */
async function waiting(stage: NotesStage): Promise<number> {
  const [queued, taken] = [await redis(stage, '-n 1 LLEN celery'), await redis(stage, '-n 1 HLEN unacked')];
  return Number(queued[0]) + Number(taken[0]);
}

async function deliveries(stage: NotesStage, from: number, count: number): Promise<Record<string, number>> {
  const by: Record<string, number> = {};
  for (const line of await redis(stage, 'LRANGE notes:deliveries 0 -1')) {
    const { number, version } = JSON.parse(line) as { number: number; version: string };
    if (number >= from && number < from + count) by[version] = (by[version] ?? 0) + 1;
  }
  return by;
}

type Stop = Pick<Counted, 'stop' | 'endedInStop'>;

/** Begins to watch the worker that runs now; what comes of it reads how it ended, once it has. */
function theStop(stage: NotesStage): Promise<() => Promise<Stop>> {
  return stage.strategy === 'compose' ? containerStop(stage) : unitStop(stage);
}

async function containerStop(stage: NotesStage): Promise<() => Promise<Stop>> {
  const id = await must(stage, `echo ${container('celery')}`);
  // Both end with the container, and before it is removed.
  const code = must(stage, `docker wait ${id}`);
  const log = must(stage, `docker logs --tail 0 --follow ${id} 2>&1`);
  return async () => {
    const [, after = ''] = (await log).split('worker: Warm shutdown');
    return { stop: `exit code ${await code}`, endedInStop: after.split('\n').filter((line) => / succeeded in /.test(line)).length };
  };
}

async function unitStop(stage: NotesStage): Promise<() => Promise<Stop>> {
  const cursor = await must(stage, 'journalctl --unit notes-celery --lines 1 --quiet --show-cursor --output cat | sed -n "s/^-- cursor: //p"');
  return async () => {
    const entries = (await must(stage, `journalctl --unit notes-celery --after-cursor '${cursor}' --output json`)).split('\n').map((line) => JSON.parse(line) as { MESSAGE: string; __REALTIME_TIMESTAMP: string });
    const at = (what: RegExp): number => Number(entries.find(({ MESSAGE }) => what.test(MESSAGE))?.__REALTIME_TIMESTAMP) / 1000;
    const words = entries.map(({ MESSAGE }) => MESSAGE).filter((message) => /Warm shutdown|Cold shutdown|Deactivated|Failed with|code=killed|Killing process/.test(message));
    const [begun, over] = [at(/^Stopping /), at(/^Stopped |Deactivated/)];
    const ended = (await must(stage, "sed -n 's/^\\[\\([^]]*\\)\\].* succeeded in .*/\\1/p' /var/log/notes/celery.log")).split('\n').map((time) => Date.parse(`${time.replace(' ', 'T').replace(',', '.')}Z`));
    return { stop: words.map((word) => word.trim()).join('; '), endedInStop: ended.filter((time) => time >= begun && time <= over).length };
  };
}
