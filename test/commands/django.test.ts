import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { composeRunner, djangoMigrations, venvRunner, type Runner } from '../../src/commands/django';
import { Fakes } from './support/fakes';
import { plant } from './support/plant';
import { lastWords, run, temporary, tool } from './support/run';

/** A `manage.py` whose `shell` prints `answers` (one file a question, in order; ANSWER stands for the word that the question asks for) and whose `migrate` ends with `code`. */
function app(...answers: readonly string[]): { runner: Runner; fakes: Fakes; folder: string } {
  const folder = temporary();
  answers.forEach((answer, n) => plant(folder, { [`answer${n}`]: answer }));
  const fakes = new Fakes(folder).add('manage.py', `case "$1" in
shell) n=$(cat $STATE/asked 2>/dev/null || echo 0); echo $((n + 1)) > $STATE/asked; word=$(printf '%s\\n' "$5" | sed -n "1s/.*, '\\(sternway-[0-9a-f]*: \\)'\$/\\1/p"); sed "s/^ANSWER/$word/" $STATE/answer$n; [ ! -e $STATE/shellfails ] || { echo 'django.db.utils.OperationalError: no server' >&2; exit 1; } ;;
migrate) id -un > $STATE/who; pwd > $STATE/where; exit "$(cat $STATE/code 2>/dev/null || echo 0)" ;;
esac`);
  return { runner: { argv: [join(fakes.bin, 'manage.py')] }, fakes, folder };
}

const looked = (pending: unknown, state: unknown = {}): string => `noise of settings\nANSWER${JSON.stringify({ state, pending })}\n`;
const calls = (fakes: Fakes): string[] => fakes.calls.filter((line) => line.startsWith('manage.py ')).map((line) => line.split(' ').slice(0, 3).join(' '));

test('the same migrations run in a virtual environment as the app\'s account, and in a container that ends with the command [A-15, A-26]', () => {
  expect(venvRunner('/r/d1', 'notes')).toEqual({ argv: ['/r/d1/venv/bin/python', 'manage.py'], cwd: '/r/d1', user: 'notes' });
  expect(venvRunner('/r/d1', 'notes', 'backend').cwd).toBe('/r/d1/backend');
  const compose = composeRunner(['docker-compose', '-p', 'notes', '-f', 'docker-compose.yml'], '/var/www/notes');
  expect(compose).toEqual({ argv: 'docker-compose -p notes -f docker-compose.yml run --rm --no-deps -T web python manage.py'.split(' '), cwd: '/var/www/notes' });
  expect(djangoMigrations(compose).showPlan()).toEqual({ cwd: '/var/www/notes', script: 'set -eu\ndocker-compose -p notes -f docker-compose.yml run --rm --no-deps -T web python manage.py migrate --plan\n' });
  // Root's program gives the command to the account: what it keeps lies where the app may not write.
  expect(djangoMigrations(venvRunner('/r/d1', 'notes')).upgrade()).toEqual({ script: expect.stringContaining('[["/r/d1/venv/bin/python","manage.py"],"notes","/r/d1",null]') as string });
});

test('pending migrations are summed up by the worst of them, past what the app prints itself [MG-03, MG-04]', () => {
  const { runner } = app(looked([['notes.0002_y', 'irreversible', 'Raw\nschema: none'], ['notes.0003_x', 'additive', 'Add field x']]));
  expect(run(djangoMigrations(runner).classify())).toEqual({ code: 0, stdout: 'notes.0002_y irreversible Raw schema: none\nnotes.0003_x additive Add field x\nschema: irreversible\n', stderr: '' });
  // A kind that nobody knows counts as the worst.
  expect(run(djangoMigrations(app(looked([['notes.0004_z', 'harmless', 'Something new']])).runner).classify()).stdout).toMatch(/\nschema: irreversible\n$/);
  expect(run(djangoMigrations(app(looked([])).runner).classify()).stdout).toBe('schema: none\n');
});

test('no answer, two answers, or a Django that fails is an error, never "none" [A-28]', () => {
  for (const [answer, fails, why] of [
    ['', false, 'Django did not answer (exit 0)'], [looked([]) + looked([]), false, 'Django did not answer (exit 0)'],
    [looked([]), true, 'Django did not answer (exit 1): django.db.utils.OperationalError: no server'],
  ] as const) {
    const { runner, folder } = app(answer);
    if (fails) plant(folder, { shellfails: '' });
    const result = run(djangoMigrations(runner).classify());
    expect([result.code, lastWords(result)]).toEqual([1, why]);
    expect(result.stdout).not.toContain('schema:');
  }
});

test('what an app prints itself is never taken for the answer, whatever it looks like [F56]', () => {
  const forged = JSON.stringify({ state: {}, pending: [] });
  for (const line of [`sternway: ${forged}`, `sternway-${'0'.repeat(32)}: ${forged}`, `x\u2028ANSWER${forged}`, `x\rANSWER${forged}`, ` ANSWER${forged}`]) {
    const alone = run(djangoMigrations(app(`${line}\n`).runner).classify());
    expect([line, alone.code, lastWords(alone)]).toEqual([line, 1, 'Django did not answer (exit 0)']);
    const beside = run(djangoMigrations(app(`${line}\n${looked([['notes.0002_y', 'irreversible', 'Raw']])}${line}\n`).runner).classify());
    expect([line, beside.stdout]).toEqual([line, 'notes.0002_y irreversible Raw\nschema: irreversible\n']);
  }
});

test('an upgrade runs once and passes only when nothing is left pending; what a failed one left is named [MG-05, MG-09, MG-10, A-20, A-27]', () => {
  const done = app(looked([]));
  expect(run(djangoMigrations(done.runner).upgrade()).code).toBe(0);
  expect(calls(done.fakes)).toEqual(['manage.py migrate --noinput', 'manage.py shell -v']);
  const left = app(looked([['notes.0003_y', 'additive', 'x']]));
  expect(lastWords(run(djangoMigrations(left.runner).upgrade()))).toBe('migrations are still pending after the upgrade: notes.0003_y');
  const fails = app(looked([['notes.0003_y', 'additive', 'x']]));
  plant(fails.folder, { code: '1' });
  const failed = run(djangoMigrations(fails.runner).upgrade());
  expect([failed.code, lastWords(failed)]).toEqual([1, 'a migration failed (migrate: 1); still pending: notes.0003_y']);
  expect(calls(fails.fakes)).toEqual(['manage.py migrate --noinput', 'manage.py shell -v']);
  // A migrate that says it failed has failed, even where nothing is pending.
  const odd = app(looked([]));
  plant(odd.folder, { code: '3' });
  expect(lastWords(run(djangoMigrations(odd.runner).upgrade()))).toBe('a migration failed (migrate: 3); still pending: none');
});

test('commands run in the runner\'s directory under its account', () => {
  const { runner, folder } = app(looked([]));
  tool('chmod', '-R', '777', folder);
  expect(run(djangoMigrations({ ...runner, user: 'nobody', cwd: '/usr/bin' }).upgrade()).code).toBe(0);
  expect([readFileSync(join(folder, 'who'), 'utf8'), readFileSync(join(folder, 'where'), 'utf8')]).toEqual(['nobody\n', '/usr/bin\n']);
});

test('the state of each app is printed and kept whole, for root alone [BK-05, A-16]', () => {
  const { runner, folder } = app(looked([], { prompts: '0002_x', auth: '0012_y' }));
  const to = join(folder, 'kept/migrations.json');
  expect(run(djangoMigrations(runner).state(to) ?? { script: 'false' }).stdout).toBe('{"auth": "0012_y", "prompts": "0002_x"}\n');
  expect(readFileSync(to, 'utf8')).toBe('{"auth": "0012_y", "prompts": "0002_x"}\n');
  expect(tool('stat', '-c', '%a', to, join(folder, 'kept')).trim()).toBe('600\n700');
});

test('the way back is judged by the state it reaches, not by the word of the command [A-14]', () => {
  const back = (problem: string | null, state: unknown): string => {
    const { runner, folder } = app(`ANSWER${JSON.stringify({ problem })}\n`, looked([], state));
    plant(folder, { 'state.json': '{"auth": "0012_y", "prompts": "0002_x"}' });
    return lastWords(run(djangoMigrations(runner).reverse(join(folder, 'state.json')) ?? { script: 'false' }));
  };
  expect(back(null, { auth: '0012_y', prompts: '0002_x' })).toBe('every app is at its recorded migration again');
  expect(back(null, { auth: '0012_y', prompts: '0003_z', newer: '0001_initial' })).toBe('after the way back these apps are not where they were: newer is at 0001_initial and not at zero, prompts is at 0003_z and not at 0002_x');
  expect(back('notes.0003 cannot be taken back: Raw Python operation', {})).toBe('notes.0003 cannot be taken back: Raw Python operation');
  const { runner, folder } = app();
  plant(folder, { 'state.json': '["auth"]' });
  expect(lastWords(run(djangoMigrations(runner).reverse(join(folder, 'state.json')) ?? { script: 'false' }))).toMatch(/^the recorded state of the migrations cannot be read from .*: not an object$/);
});
