import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { raiseNotes, type NotesHost } from '../../testbed/notes';
import { until } from '../../testbed/wait';
import type { RunResult } from '../../testbed/target-host';
import { NotesClient } from './app-client';

// Each release is put in place by hand, as the runbook says: it is looked at here for what it does by itself.
let notes: NotesHost;
let client: NotesClient;
beforeAll(async () => {
  notes = await raiseNotes({ strategy: 'systemd', name: 'app-releases' });
  client = new NotesClient(notes);
  await checkout('v1.1.0');
  await run('mariadb-dump --single-transaction notes >/root/notes.sql');
});
afterAll(() => notes.remove());

async function run(command: string): Promise<string> {
  const done = await notes.host.run(command);
  if (done.code !== 0) throw new Error(`${command} ended with ${String(done.code)}: ${done.stderr}`);
  return done.stdout.trim();
}
const inApp = (command: string): Promise<RunResult> => notes.host.run(`cd /var/www/notes && runuser -u notes -- ${command}`);
const manage = (args: string): Promise<RunResult> => inApp(`venv/bin/python manage.py ${args}`);
const python = (code: string): Promise<string> => run(`cd /var/www/notes && runuser -u notes -- venv/bin/python manage.py shell -v 0 -c '${code}'`);
const units = (verb: string): Promise<string> => run(`systemctl ${verb} notes-web notes-celery notes-beat`);
const columns = (): Promise<string> => run(`mariadb -N -e "SELECT column_name FROM information_schema.columns WHERE table_schema = 'notes' AND table_name = 'prompts_prompt' ORDER BY 1" | tr '\\n' ' '`);
// Without what Django keeps on a way back: the numbers of its records, and content types and permissions of a model that is gone.
const kept = ['django_migrations', 'django_content_type', 'auth_permission'].map((table) => `--ignore-table=notes.${table}`).join(' ');
const dump = async (): Promise<string> => (await run(`mariadb-dump --skip-dump-date --order-by-primary ${kept} notes`)).replace(/ AUTO_INCREMENT=\d+/g, '');

async function checkout(tag: string): Promise<void> {
  await units('stop');
  await inApp(`git -c advice.detachedHead=false checkout --quiet ${tag}`);
}

/** All that a release needs, and then it runs. */
async function put(tag: string): Promise<void> {
  await checkout(tag);
  for (const step of ['migrate --noinput', 'collectstatic --noinput']) {
    const done = await manage(step);
    if (done.code !== 0) throw new Error(`${tag}: ${step} ended with ${String(done.code)}: ${done.stderr}`);
  }
  await units('start');
  await until(`Health of ${tag}`, async () => (await client.ask('/health/')).status === 200 || undefined, { everyMs: 100 });
}

beforeEach(async () => {
  await units('stop');
  await run("mariadb -e 'DROP DATABASE notes; CREATE DATABASE notes CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci'; mariadb notes </root/notes.sql; rm -f /run/notes/hold-migration");
});

describe('good releases', () => {
  test.each(['v1.1.0', 'v1.2.0', 'v1.3.0', 'v1.4.0', 'v1.5.8-slow-migration'])('%s, put in place from v1.1.0, is healthy, keeps the prompts and says its name', async (tag) => {
    await put(tag);
    expect((await client.ask('/health/')).json()).toMatchObject({ status: 'healthy', version: tag });
    expect((await client.ask('/api/v1/status/')).json()).toMatchObject({ version: tag });
    expect((await client.ask('/')).text).toContain(`for every model`);
    const token = await client.login();
    expect((await client.ask('/api/v1/prompts/', { token })).json()).toMatchObject({ count: 3, results: [{ title: 'Summary' }, {}, {}] });
    expect((await client.ask('/api/v1/prompts/', { token, json: { title: 'One', text: 'more', language: 'en' } })).status).toBe(201);
    expect((await manage('makemigrations --check --dry-run')).code).toBe(0);
  });

  test('v1.2.0 is additive: v1.1.0 works on its schema, and the way back leaves schema and rows as they were', async () => {
    const before = await dump();
    await put('v1.2.0');
    await checkout('v1.1.0');
    await units('start');
    const token = await client.login();
    expect((await client.ask('/api/v1/prompts/', { token })).json()).toMatchObject({ count: 3 });
    const made = await client.ask('/api/v1/prompts/', { token, json: { title: 'Old', text: 'code' } });
    expect(made.status).toBe(201);
    await client.ask(`/api/v1/prompts/${String(made.json()['id'])}/`, { token, method: 'DELETE' });
    await checkout('v1.2.0');
    expect((await manage('migrate prompts 0001')).code).toBe(0);
    expect(await dump()).toBe(before);
  });

  test('v1.4.0 is reversible and not additive: v1.2.0 cannot work on its schema until it is taken back', async () => {
    await put('v1.2.0');
    const before = await dump();
    await put('v1.4.0');
    await checkout('v1.2.0');
    await units('start');
    const token = await client.login();
    expect((await client.ask('/api/v1/prompts/', { token })).status).toBe(500);
    await checkout('v1.4.0');
    expect((await manage('migrate prompts 0002')).code).toBe(0);
    expect(await dump()).toBe(before);
  });

  test('v1.3.0 is irreversible: the column is gone, and Django refuses the way back', async () => {
    await put('v1.3.0');
    expect(await columns()).not.toContain('summary');
    const answer = await manage('migrate prompts 0002');
    expect(answer.code).not.toBe(0);
    expect(answer.stderr).toContain('IrreversibleError');
  });

  test('v1.5.8-slow-migration waits while the hold file exists, with no column yet, and then runs', async () => {
    await checkout('v1.5.8-slow-migration');
    await run('runuser -u notes -- touch /run/notes/hold-migration');
    const log = '/tmp/migrate.log';
    await run(`cd /var/www/notes && (setsid runuser -u notes -- venv/bin/python manage.py migrate --noinput >${log} 2>&1 &)`);
    await until('The migration waits', async () => (await notes.host.run(`grep -q 'waiting while' ${log}`)).code === 0 || undefined);
    expect(await columns()).not.toContain('archived_at');
    await run('rm /run/notes/hold-migration');
    await until('The migration ends', async () => (await columns()).includes('archived_at') || undefined);
  });
});

describe('bad releases', () => {
  test('v1.5.0-fails-halfway leaves a column that MySQL has committed and a migration that is not applied', async () => {
    await checkout('v1.5.0-fails-halfway');
    const answer = await manage('migrate --noinput');
    expect(answer.code).not.toBe(0);
    expect(answer.stderr).toContain("Key column 'stars' doesn't exist");
    expect(await columns()).toContain('rating');
    expect((await manage('showmigrations prompts')).stdout).toContain('[ ] 0002_rating');
    // Once more is no way out either.
    expect((await manage('migrate --noinput')).stderr).toContain("Duplicate column name 'rating'");
  });

  test('v1.5.1-old-tasks ends its worker at a task that v1.1.0 sent, keeps the task, and v1.1.0 carries it out', async () => {
    await checkout('v1.1.0');
    const numbers = 'range(1000, 1010)';
    await python(`from authentication.tasks import work_task; [work_task.delay(n) for n in ${numbers}]`);
    await checkout('v1.5.1-old-tasks');
    await run('systemctl reset-failed notes-celery; systemctl start notes-celery');
    await until('The worker dies again and again', async () => Number(await run('systemctl show -P NRestarts notes-celery')) >= 2 || undefined, { everyMs: 200 });
    expect(await run('journalctl -u notes-celery -o cat')).toContain('notes-celery.service: Main process exited, code=exited, status=1/FAILURE');
    expect((await client.ask('/')).status).toBe(502);
    const effects = `from authentication.models import TaskEffect; print(sum(e.times for e in TaskEffect.objects.filter(number__in=${numbers})))`;
    expect(await python(effects)).toBe('0');
    await checkout('v1.1.0');
    await run('systemctl start notes-celery');
    await until('All ten tasks', async () => (await python(effects)) === '10' || undefined);
  });

  test('v1.5.2-5xx answers 15 of 100 requests with 500, and never /health/ or /api/v1/status/', async () => {
    await put('v1.5.2-5xx');
    let failed = 0;
    for (let n = 0; n < 100; n++) failed += (await client.ask('/')).status === 500 ? 1 : 0;
    // Each of two processes counts its own twenty.
    expect(failed).toBeGreaterThanOrEqual(12);
    expect(failed).toBeLessThanOrEqual(18);
    for (let n = 0; n < 20; n++) for (const path of ['/health/', '/api/v1/status/']) expect((await client.ask(path)).status, path).toBe(200);
  });

  test('v1.5.3-slow takes 6 seconds for each answer', async () => {
    await put('v1.5.3-slow');
    for (const path of ['/', '/health/']) {
      const answer = await client.ask(path);
      expect(answer.status).toBe(200);
      expect(answer.ms, path).toBeGreaterThan(5_900);
      expect(answer.ms, path).toBeLessThan(12_000);
    }
  });

  test('v1.5.4-lies works, and says by health and status that it is v1.0.0', async () => {
    await put('v1.5.4-lies');
    expect((await client.ask('/health/')).json()).toMatchObject({ status: 'healthy', version: 'v1.0.0' });
    expect((await client.ask('/api/v1/status/')).json()).toMatchObject({ version: 'v1.0.0' });
    expect((await client.ask('/')).text).toContain('for every model');
  });

  test('v1.5.5-missing-env does not start, neither by hand nor as a unit, and says which name is missing', async () => {
    await checkout('v1.5.5-missing-env');
    expect(await manage('check')).toMatchObject({ code: 1, stderr: 'notes: missing settings: MISTRAL_API_KEY (set them in /var/www/notes/.env)\n' });
    expect((await notes.host.run('systemctl start notes-web')).code).not.toBe(0);
    await run('systemctl stop notes-web; systemctl reset-failed notes-web');
  });

  test('v1.5.6-static-fails cannot collect its static files', async () => {
    await checkout('v1.5.6-static-fails');
    const answer = await manage('collectstatic --noinput');
    expect(answer.code).not.toBe(0);
    expect(answer.stderr).toContain("The file 'leaves.png' could not be found");
  });

  test('v1.5.7-bad-image cannot be installed', async () => {
    await checkout('v1.5.7-bad-image');
    const answer = await inApp('venv/bin/python -m pip install --no-index --find-links /srv/wheels --require-hashes -r requirements.txt');
    expect(answer.code).not.toBe(0);
    expect(answer.stderr).toContain('No matching distribution found for pymysql==99.0.0');
  });
});
