import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig, resolveEnvironment, splitInventory } from '../../../src/config/load';
import { decideUpdate } from '../../../src/workflows/messages';
import { until } from '../../e2e/stage';
import { deploy, ended, LOCK, must, raiseNotesStage, remember, rollback, start, version, visit, type NotesStage, type Strategy } from './stage';

interface Bad {
  readonly release: string;
  /** What the one sentence must say, by strategy where it differs. */
  readonly why: RegExp;
  /** It must be found while users still get the old release. */
  readonly unseen?: true;
  readonly rows: Readonly<Record<Strategy, string>>;
}

const BAD: readonly Bad[] = [
  { release: 'v1.5.0-fails-halfway', why: /^migrate on web-1: .*(exit code|still pending)/, rows: { systemd: '[A-20, MG-09, DB-04]', compose: '[A-20, MG-05, DB-04]' } },
  { release: 'v1.5.2-5xx', why: /requests failed, more than 0: status 500|status 500 instead of 200/, rows: { systemd: '[MN-04, A-28, A-30]', compose: '[MN-04, A-28, A-30]' } },
  { release: 'v1.5.3-slow', why: /no answer: timed out|it took \d+ ms, more than \d+/, rows: { systemd: '[RX-20]', compose: '[RX-20]' } },
  { release: 'v1.5.4-lies', why: /version/, rows: { systemd: '[VF-10, RX-19]', compose: '[VF-10, RX-19]' } },
  { release: 'v1.5.5-missing-env', why: /MISTRAL_API_KEY/, unseen: true, rows: { systemd: '[PF-10, PF-11, SE-01]', compose: '[PF-10, PF-11, SE-01]' } },
  { release: 'v1.5.6-static-fails', why: /^collect static files on web-1: /, unseen: true, rows: { systemd: '[SF-03]', compose: '[SF-01]' } },
  { release: 'v1.5.7-bad-image', why: /^(virtual environment|build the images) on web-1: /, unseen: true, rows: { systemd: '[RD-17, A-35]', compose: '[RD-07, A-34]' } },
];

/** Adds what a user of the site writes; its id. */
async function write(stage: NotesStage, title: string): Promise<number> {
  const password = await must(stage, "sed -n 's/^TEST_USER_PASSWORD=//p' /var/www/notes/.env");
  const json = (value: object) => `-H 'Content-Type: application/json' --data '${JSON.stringify(value)}'`;
  const { access } = JSON.parse((await visit(stage, '/api/v1/auth/login/', json({ email: 'test@example.com', password }))).body) as { access: string };
  const { status, body } = await visit(stage, '/api/v1/prompts/', json({ title, text: 'written by a user', body: 'written by a user' }), `-H 'Authorization: Bearer ${access}'`);
  if (status !== 201) throw new Error(`a prompt was not taken: ${status} ${body.slice(0, 300)}`);
  return (JSON.parse(body) as { id: number }).id;
}

/** How many prompts have this title, asked of the database itself. */
async function written(stage: NotesStage, title: string): Promise<number> {
  const sql = `select count(*) from $n.prompts_prompt where title='${title}'`;
  const client = stage.strategy === 'compose' ? 'docker exec -i notes_db_1 mariadb' : 'mariadb';
  return Number(await must(stage, `n=$(sed -n 's/^DB_NAME=//p' /var/www/notes/.env); echo "${sql}" | ${client} -N ${stage.strategy === 'compose' ? '-uroot' : ''}`));
}

/** The settings that `deploy --accept` sends. */
function accepting({ config }: NotesStage, accept: 'reversible' | 'irreversible'): object {
  const { settings } = splitInventory(resolveEnvironment(loadConfig(config), 'production'));
  return { ...settings, database: { ...settings.database, accept } };
}

/** Signals a rollback of what is live, and waits for the question that it must come to. */
async function rollbackAsks(stage: NotesStage) {
  const input = { app: 'notes', environment: 'production', by: 'test', reason: 'held' };
  const handle = await stage.client.workflow.signalWithStart('rollback', { workflowId: LOCK, taskQueue: 'sternway', args: [input], signal: 'rollback', signalArgs: [{ by: 'test' }] });
  const asked = await until('it asks', async () => (await handle.query<{ blocked: { task: string; sentence: string; hold: boolean }[] }, []>('progress')).blocked[0]);
  return { handle, asked, yes: () => handle.executeUpdate(decideUpdate, { args: [{ task: asked.task, answer: 'retry', by: 'test', reason: 'the loss is accepted' }] }) };
}

/** Every release of notes, good and bad, on a real host: what comes of it, and that the host is as before where it did not stay. */
export function everyRelease(strategy: Strategy): void {
  const compose = strategy === 'compose';
  let stage: NotesStage;
  beforeAll(async () => {
    stage = await raiseNotesStage(`releases-${strategy}`, strategy);
  });
  afterAll(async () => {
    await stage?.remove();
  });

  describe(`strategy ${strategy}`, () => {
    test(`a first deployment that fails leaves the plain directory, its processes and its data as the runbook left them ${compose ? '[RX-11, RX-14, RX-16, A-15, A-34]' : '[RX-12, RX-13, RX-15, RX-17, A-07, A-16]'}`, async () => {
      const differs = await remember(stage);
      expect(await deploy(stage, 'v1.5.4-lies')).toMatchObject({ outcome: 'rolled-back', cause: 'failure' });
      expect(await differs()).toBe('');
      expect(await version(stage)).toBe('v1.0.0');
    });

    test(`the first deployment turns the plain directory into releases, and the new one is live and verified ${compose ? '[OV-11, RD-05, RD-06, RD-08, RD-10, RD-11, RD-13, SF-02, A-25, A-26]' : '[OV-04, OV-05, OV-06, OV-07, OV-08, OV-09, OV-11, RD-05, RD-06, RD-15, RD-17, NG-07, NG-09, SV-05, SV-06, SV-08, SV-09, SV-10, SF-04]'}`, async () => {
      const data = 'docker ps --no-trunc --format "{{.ID}} {{.Names}}" | grep -E "_(db|redis)_"';
      const before = compose ? await must(stage, data) : await must(stage, 'systemctl show -p MainPID --value mariadb redis-server');
      expect(await deploy(stage, 'v1.1.0')).toMatchObject({ outcome: 'deployed', sentence: 'v1.1.0 is live on web-1 and verified' });
      expect(await version(stage)).toBe('v1.1.0');
      // Data services run on, untouched.
      expect(compose ? await must(stage, data) : await must(stage, 'systemctl show -p MainPID --value mariadb redis-server')).toBe(before);
      if (compose) {
        const images = await must(stage, "docker image ls --format '{{.Repository}}:{{.Tag}}'");
        expect(images).toMatch(/^sternway\/notes-web:\d{8}-\d{6}-\w+$/m);
        expect(images).toMatch(/^notes:latest$/m);
        expect((await must(stage, "docker ps --format '{{.Status}}'")).split('\n').every((line) => line.startsWith('Up '))).toBe(true);
      } else {
        const release = await must(stage, 'readlink -f /var/www/notes');
        for (const unit of ['notes-web', 'notes-celery', 'notes-beat']) expect(await must(stage, `readlink /proc/$(systemctl show -p MainPID --value ${unit})/cwd`)).toBe(release);
      }
      expect((await visit(stage, '/static/style.css')).status).toBe(200);
    });

    test.each(BAD.map((bad) => [bad.release, bad.rows[strategy], bad] as const))('%s goes back by itself, with everything as before %s', async (release, _rows, { why, unseen }) => {
      const differs = await remember(stage);
      const { outcome, sentence } = await deploy(stage, release);
      expect(sentence).toMatch(why);
      expect(['rolled-back', ...(unseen ? ['unchanged'] : [])]).toContain(outcome);
      expect(await differs()).toBe('');
      expect(await version(stage)).toBe('v1.1.0');
      expect(JSON.parse((await visit(stage, '/health/')).body)).toMatchObject({ status: 'healthy', services: { database: 'connected', celery: 'running' } });
    });

    test(`a worker that dies of the old release's tasks is found, and the old one ends them: none is lost [A-48]`, async () => {
      const web = '$(docker ps -q --filter label=com.docker.compose.service=web)';
      const coded = (code: string) => `manage.py shell -c "exec(__import__('base64').b64decode('${Buffer.from(code).toString('base64')}').decode())"`;
      const shell = (code: string) => must(stage, compose ? `docker exec ${web} python ${coded(code)}` : `cd /var/www/notes && runuser -u notes -- venv/bin/python ${coded(code)}`);
      // However long the build takes, tasks of the old release are waiting when its worker is stopped.
      const feeding = coded(`import time
from django.core.cache import cache
from authentication.tasks import work_task
number = 9000
with work_task.app.connection_for_write() as broker:
    while not cache.get('fed-enough'):
        while broker.default_channel.client.llen('celery') < 20:
            work_task.delay(number, seconds=1)
            number += 1
            cache.set('fed-below', number, timeout=None)
        time.sleep(0.2)
`);
      await must(stage, compose ? `docker exec -d ${web} python ${feeding}` : `cd /var/www/notes && runuser -u notes -- setsid -f venv/bin/python ${feeding} > /dev/null 2>&1 < /dev/null`);
      const said = async (code: string): Promise<number> => Number(/said (\d+)/.exec(await shell(code))?.[1] ?? '0');
      const fed = () => said("from django.core.cache import cache\nprint('said', cache.get('fed-below') or 0)");
      await until('tasks are waiting', async () => (await fed()) >= 9020);
      const { outcome } = await deploy(stage, 'v1.5.1-old-tasks');
      expect(outcome).toBe('rolled-back');
      expect(await version(stage)).toBe('v1.1.0');
      await shell("from django.core.cache import cache\ncache.set('fed-enough', 1)");
      const sent = (await fed()) - 9000;
      await until('the old worker has done them all', async () => (await said(`from authentication.models import TaskEffect\nprint('said', TaskEffect.objects.filter(number__gte=9000, number__lt=${9000 + sent}).count())`)) === sent, 180);
    });

    test('an additive schema stays when the code goes back after users were let in, and what they wrote with it [MG-02, MG-06, DB-01]', async () => {
      expect(await deploy(stage, 'v1.2.0')).toMatchObject({ outcome: 'deployed' });
      // Django's own word, asked in the release that serves, that nothing is left to apply.
      await must(stage, compose ? 'docker exec $(docker ps -q --filter label=com.docker.compose.service=web) python manage.py migrate --check' : 'cd /var/www/notes && runuser -u notes -- venv/bin/python manage.py migrate --check');
      await write(stage, 'kept-additive');
      expect(await rollback(stage)).toMatchObject({ outcome: 'rolled-back', schemaAhead: ['migrate@web-1'] });
      expect(await version(stage)).toBe('v1.1.0');
      expect(await written(stage, 'kept-additive')).toBe(1);
      expect(await deploy(stage, 'v1.2.0')).toMatchObject({ outcome: 'deployed' });
    });

    test('a schema that the old release cannot work on is held, and reversed by the new code when a person says so: what users wrote is kept [A-14, DB-03, DB-05, RX-13]', async () => {
      expect(await deploy(stage, 'v1.4.0')).toMatchObject({ outcome: 'deployed' });
      await write(stage, 'kept-reversible');
      const { handle, asked, yes } = await rollbackAsks(stage);
      expect(asked).toMatchObject({ hold: true });
      expect(asked.sentence).toMatch(/reversible/);
      expect((await visit(stage, '/')).status).toBe(503);
      await yes();
      expect(await ended(handle)).toMatchObject({ outcome: 'rolled-back' });
      expect(await version(stage)).toBe('v1.2.0');
      expect(await written(stage, 'kept-reversible')).toBe(1);
    });

    test('an irreversible migration that nobody has accepted is named, and the release goes back before users notice [MG-04, MG-08, CH-07]', async () => {
      const differs = await remember(stage);
      const { outcome, sentence } = await deploy(stage, 'v1.3.0');
      expect(['rolled-back', 'unchanged']).toContain(outcome);
      expect(sentence).toMatch(/^the migrations are accepted on web-1: the pending migrations are irreversible, and only reversible ones are accepted without a word; irreversible: (prompts\.000[34]_\w+ ?)+; look at what they do, then deploy with --accept irreversible/);
      expect(await differs()).toBe('');
    });

    test('past an irreversible migration nothing is lost without a yes; with it the dump is restored into an empty schema [DB-02, DB-04, A-18, A-19, MG-11]', async () => {
      const differs = await remember(stage);
      expect(await ended(await start(stage, 'v1.3.0', { settings: accepting(stage, 'irreversible') }))).toMatchObject({ outcome: 'deployed' });
      await write(stage, 'at-stake');
      const { handle, asked, yes } = await rollbackAsks(stage);
      expect(asked.sentence).toMatch(/irreversible.*at least \d+ rows/s);
      expect(await written(stage, 'at-stake')).toBe(1);
      expect((await visit(stage, '/')).status).toBe(503);
      await yes();
      expect(await ended(handle)).toMatchObject({ outcome: 'rolled-back' });
      expect(await version(stage)).toBe('v1.2.0');
      expect(await written(stage, 'at-stake')).toBe(0);
      expect(await differs()).toBe('');
    });

    test('a signal and a cancel during the migration take the host back [RX-10, RX-18, RX-19, RX-20, NG-08]', async () => {
      for (const turn of ['signal', 'cancel'] as const) {
        const differs = await remember(stage);
        await must(stage, 'touch /run/notes/hold-migration');
        const handle = await start(stage, 'v1.5.8-slow-migration');
        await until('the migration runs', async () => (await stage.notes.host.run('pgrep -f "manage.py migrate"')).code === 0, 180);
        expect((await visit(stage, '/')).status).toBe(503);
        if (turn === 'signal') await handle.signal('rollback', { by: 'test', reason: 'changed my mind' });
        else await handle.cancel();
        await must(stage, 'rm /run/notes/hold-migration');
        expect((await ended(handle)).type).toBe(turn === 'signal' ? 'RolledBack' : 'cancelled');
        expect(await differs()).toBe('');
      }
    });
  });
}
