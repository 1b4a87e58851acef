import { afterAll, beforeAll, expect, test } from 'vitest';
import { raiseNotes, type NotesHost } from '../../testbed/notes';
import type { RunResult } from '../../testbed/target-host';
import { until } from '../../testbed/wait';
import { NotesClient } from './app-client';

// Releases in containers, put in place by hand as the runbook says: what differs there from the systemd form.
let notes: NotesHost;
let client: NotesClient;
beforeAll(async () => {
  notes = await raiseNotes({ strategy: 'compose', name: 'app-compose-releases' });
  client = new NotesClient(notes);
});
afterAll(() => notes.remove());

const inApp = (command: string): Promise<RunResult> => notes.host.run(`cd /var/www/notes && ${command}`);
async function must(command: string): Promise<string> {
  const done = await inApp(command);
  if (done.code !== 0) throw new Error(`${command} ended with ${String(done.code)}: ${done.stderr}`);
  return done.stdout.trim();
}
const checkout = (tag: string): Promise<string> => must(`runuser -u notes -- git -c advice.detachedHead=false checkout --quiet ${tag}`);
const containers = (): Promise<string> => must('docker inspect --format "{{.Id}} {{.State.StartedAt}}" notes_db_1 notes_redis_1');

test('v1.2.0 is built, migrated and started from the runbook’s commands, and leaves the data services as they are', async () => {
  const before = await containers();
  await checkout('v1.2.0');
  await must('docker-compose build web 2>&1 && docker-compose run --rm -T web python manage.py migrate --noinput && docker-compose run --rm -T web python manage.py collectstatic --noinput && docker-compose up -d 2>&1');
  await until('Health of v1.2.0', async () => {
    const answer = await client.ask('/health/');
    return (answer.status === 200 && answer.json()['version'] === 'v1.2.0') || undefined;
  }, { everyMs: 200 });
  expect(await containers()).toBe(before);
  expect((await client.ask('/')).text).toContain('for every model');
  expect((await client.ask('/static/style.css')).text).toContain('li {');
  const token = await client.login();
  expect((await client.ask('/api/v1/prompts/', { token })).json()).toMatchObject({ count: 3, results: [{ language: null }, {}, {}] });
});

test('publishes the data services to the host alone', async () => {
  expect(await must("docker ps --format '{{.Ports}}' | tr -d ' ' | sort")).toBe('127.0.0.1:3306->3306/tcp\n127.0.0.1:6379->6379/tcp\n127.0.0.1:8000->8000/tcp');
});

test('v1.5.7-bad-image cannot be built, and what runs stays', async () => {
  const before = await must('docker ps --format "{{.ID}}" | sort');
  await checkout('v1.5.7-bad-image');
  const built = await inApp('docker-compose build web 2>&1');
  expect(built.code).not.toBe(0);
  expect(built.stdout).toContain('No matching distribution found for pymysql==99.0.0');
  expect(await must('docker ps --format "{{.ID}}" | sort')).toBe(before);
  expect((await client.ask('/health/')).status).toBe(200);
});

test('v1.5.5-missing-env does not start in a container either, and says which name is missing', async () => {
  await checkout('v1.5.5-missing-env');
  await must('docker-compose build web 2>&1');
  const answer = await inApp('docker-compose run --rm -T --no-deps web python manage.py check');
  expect(answer.code).toBe(1);
  expect(answer.stderr).toContain('notes: missing settings: MISTRAL_API_KEY');
});

test('v1.5.8-slow-migration sees the hold file of the host', async () => {
  await checkout('v1.5.8-slow-migration');
  await must('docker-compose build web 2>&1 && touch /run/notes/hold-migration');
  const sees = await must('docker-compose run --rm -T --no-deps web python -c "import os; print(os.path.exists(\'/run/notes/hold-migration\'))"; rm /run/notes/hold-migration');
  expect(sees).toBe('True');
});

test('keeps what the image is built from free of settings and secrets', async () => {
  expect(await must('docker run --rm --entrypoint sh notes -c "ls -A /app"')).not.toMatch(/^\.(env|git)$/m);
  const password = await must('sed -n s/^DB_PASSWORD=//p .env');
  expect(await must('docker history --no-trunc notes')).not.toContain(password);
});
