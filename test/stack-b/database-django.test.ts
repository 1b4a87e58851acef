import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { djangoMigrations, type Runner } from '../../src/commands/django';
import { plant } from '../commands/support/plant';
import { lastWords, must, run, temporary } from '../commands/support/run';

let venv: string;

beforeAll(async () => {
  const { prepare } = await import('../../tools/prepare.mjs');
  const wheels = (await prepare(['wheels-notes']))['wheels-notes']?.path ?? '';
  venv = mkdtempSync(join(tmpdir(), 'sternway-django-'));
  execFileSync('python3', ['-m', 'venv', venv]);
  execFileSync(join(venv, 'bin/pip'), ['install', '--quiet', '--no-index', '--find-links', wheels, 'django']);
});
afterAll(() => rmSync(venv, { recursive: true, force: true }));

const migration = (operations: string, dependencies = '', head = ''): string =>
  `from django.db import migrations, models\nimport django.db.models.deletion\n${head}\nclass Migration(migrations.Migration):\n    dependencies = [${dependencies}]\n    operations = [${operations}]\n`;

const INITIAL = migration("migrations.CreateModel('Item', [('id', models.BigAutoField(primary_key=True)), ('name', models.CharField(max_length=20)), ('note', models.CharField(max_length=20, default=''))])");
const OTHER = migration("migrations.CreateModel('Other', [('id', models.BigAutoField(primary_key=True))])");

/** A real project with two apps; each release adds migrations of `items` to the first (files by name). */
function project(): { runner: Runner; folder: string; add: (files: Readonly<Record<string, string>>) => void } {
  const folder = temporary();
  plant(folder, {
    'manage.py': "import os, sys\nos.environ['DJANGO_SETTINGS_MODULE'] = 'settings'\nfrom django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n",
    'settings.py': "print('settings print something')\nSECRET_KEY = 'x'\nINSTALLED_APPS = ['items', 'others']\nDATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'db.sqlite3'}}\nUSE_TZ = True\nDEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'\n",
    'items/__init__.py': '', 'items/models.py': '', 'items/migrations/__init__.py': '', 'items/migrations/0001_initial.py': INITIAL,
    'others/__init__.py': '', 'others/models.py': '', 'others/migrations/__init__.py': '', 'others/migrations/0001_initial.py': OTHER,
  });
  return { folder, runner: { argv: [join(venv, 'bin/python'), 'manage.py'], cwd: folder }, add: (files) => plant(folder, Object.fromEntries(Object.entries(files).map(([name, text]) => [`items/migrations/${name}.py`, text]))) };
}

const upgrade = (runner: Runner): string => must(djangoMigrations(runner).upgrade());
const classify = (runner: Runner): string[] => must(djangoMigrations(runner).classify()).trimEnd().split('\n');
const state = (runner: Runner, to?: string): Record<string, string> => JSON.parse(must(djangoMigrations(runner).state(to) ?? { script: 'false' })) as Record<string, string>;
const reverse = (runner: Runner, from: string) => run(djangoMigrations(runner).reverse(from) ?? { script: 'false' });
const schema = (folder: string): string => execFileSync('python3', ['-c', "import sqlite3, sys; print(sorted(r[0] for r in sqlite3.connect(sys.argv[1]).execute('select sql from sqlite_master where sql is not null')))", join(folder, 'db.sqlite3')], { encoding: 'utf8' });

const ADD_NULLABLE = "migrations.AddField('item', 'extra', models.IntegerField(null=True))";
const after = (name: string): string => `('items', '${name}')`;

test('each operation has its kind, by what the old code and the old data would suffer', () => {
  const { runner, add } = project();
  upgrade(runner);
  const operations: Readonly<Record<string, string>> = {
    [ADD_NULLABLE]: 'additive',
    "migrations.AddField('item', 'counted', models.IntegerField(db_default=0))": 'additive',
    "migrations.AddField('item', 'doubled', models.GeneratedField(expression=models.F('id') * 2, output_field=models.BigIntegerField(), db_persist=False))": 'additive',
    "migrations.AddField('item', 'many', models.ManyToManyField('items.Item'))": 'additive',
    "migrations.AddField('item', 'must', models.IntegerField(default=1))": 'reversible',
    "migrations.CreateModel('Newer', [('id', models.BigAutoField(primary_key=True))])": 'additive',
    "migrations.AddIndex('item', models.Index(fields=['name'], name='item_name'))": 'additive',
    "migrations.AlterModelOptions('item', {'ordering': ['name']})": 'additive',
    "migrations.AddConstraint('item', models.UniqueConstraint(fields=['note'], name='note_once'))": 'reversible',
    "migrations.AlterField('item', 'note', models.CharField(max_length=40, default=''))": 'reversible',
    "migrations.RenameField('item', 'note', 'remark')": 'reversible',
    "migrations.RenameModel('Newer', 'Newest')": 'reversible',
    "migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop)": 'reversible',
    "migrations.RunSQL('select 1', 'select 2')": 'reversible',
    "migrations.SeparateDatabaseAndState([migrations.RunSQL('select 1')], [])": 'irreversible',
    "migrations.SeparateDatabaseAndState([], [migrations.DeleteModel('Newest')])": 'additive',
    "migrations.RunPython(migrations.RunPython.noop)": 'irreversible',
    "migrations.RunSQL('select 1')": 'irreversible',
    "migrations.RemoveField('item', 'remark')": 'irreversible',
    "migrations.DeleteModel('Item')": 'irreversible',
    'Own()': 'irreversible',
    "type('AddField', (migrations.AddField,), {})('item', 'own', models.IntegerField(null=True))": 'irreversible',
  };
  const own = "from django.db.migrations.operations.base import Operation\nclass Own(Operation):\n    reversible = True\n    def state_forwards(self, *a): pass\n    def describe(self): return 'own'\n";
  let last = '0001_initial';
  Object.keys(operations).forEach((operation, n) => {
    const name = `${String(n + 2).padStart(4, '0')}_x`;
    add({ [name]: migration(operation, after(last), own) });
    last = name;
  });
  const lines = classify(runner);
  expect(Object.fromEntries(Object.keys(operations).map((operation, n) => [operation, lines[n]?.split(' ')[1]]))).toEqual(operations);
  expect(lines.at(-1)).toBe('schema: irreversible');
});

test('a release is additive only if all of it is; with nothing pending it is none [MG-03]', () => {
  const { runner, add } = project();
  expect(classify(runner)).toEqual(['items.0001_initial additive Create model Item', 'others.0001_initial additive Create model Other', 'schema: additive']);
  upgrade(runner);
  expect(classify(runner)).toEqual(['schema: none']);
  add({ '0002_both': migration(`${ADD_NULLABLE}, migrations.AlterField('item', 'note', models.TextField(default=''))`, after('0001_initial')) });
  expect(classify(runner)).toEqual(['items.0002_both reversible Add field extra to item; Alter field note on item', 'schema: reversible']);
  expect(must(djangoMigrations(runner).showPlan() ?? { script: 'false' })).toMatch(/Planned operations:\nitems\.0002_both\n +Add field extra to item/);
});

test('migrations that need a merge, or a history that contradicts itself, are refused and not classified', () => {
  const { runner, add } = project();
  upgrade(runner);
  add({ '0002_a': migration(ADD_NULLABLE, after('0001_initial')), '0002_b': migration("migrations.AddField('item', 'b', models.IntegerField(null=True))", after('0001_initial')) });
  expect(lastWords(run(djangoMigrations(runner).classify()))).toBe('Django did not answer (exit 1): migrations of items have several ends: they need a merge');
});

test('the way back takes every app to its recorded migration with the new code; twice, too [DB-03, A-14, A-16, BK-05]', () => {
  const { runner, folder, add } = project();
  upgrade(runner);
  const before = schema(folder);
  const kept = join(temporary(), 'state.json');
  expect(state(runner, kept)).toEqual({ items: '0001_initial', others: '0001_initial' });
  add({
    '0002_extra': migration(ADD_NULLABLE, after('0001_initial')),
    '0003_other': migration("migrations.AddField('item', 'other', models.ForeignKey('others.Newer', django.db.models.deletion.CASCADE, null=True))", `${after('0002_extra')}, ('others', '0002_newer')`),
  });
  plant(folder, { 'others/migrations/0002_newer.py': migration("migrations.CreateModel('Newer', [('id', models.BigAutoField(primary_key=True))])", "('others', '0001_initial')") });
  upgrade(runner);
  expect(state(runner)).toEqual({ items: '0003_other', others: '0002_newer' });
  expect(schema(folder)).not.toBe(before);
  for (let time = 0; time < 2; time++) {
    expect(lastWords(reverse(runner, kept))).toBe('every app is at its recorded migration again');
    expect([state(runner), schema(folder)]).toEqual([{ items: '0001_initial', others: '0001_initial' }, before]);
  }
});

test('the old code cannot reverse: it would say "nothing to do" and leave the schema, so it is refused [A-14]', () => {
  const { runner, folder, add } = project();
  upgrade(runner);
  const kept = join(temporary(), 'state.json');
  state(runner, kept);
  add({ '0002_extra': migration(ADD_NULLABLE, after('0001_initial')) });
  upgrade(runner);
  rmSync(join(folder, 'items/migrations/0002_extra.py'));
  const changed = schema(folder);
  // What Django itself says to the runbook's command.
  expect(execFileSync(join(venv, 'bin/python'), ['manage.py', 'migrate', 'items', '0001_initial'], { cwd: folder, encoding: 'utf8' })).toContain('No migrations to apply.');
  const answer = reverse(runner, kept);
  expect([answer.code, lastWords(answer)]).toEqual([1, 'this code does not know the applied migration items.0002_extra, so it cannot take it back: the release that made it can']);
  expect(schema(folder)).toBe(changed);
});

test('past an irreversible migration nothing is begun, not even what could be taken back', () => {
  const { runner, folder, add } = project();
  upgrade(runner);
  const kept = join(temporary(), 'state.json');
  state(runner, kept);
  add({ '0002_sql': migration("migrations.RunSQL('create table by_hand (x int)')", after('0001_initial')), '0003_extra': migration(ADD_NULLABLE, after('0002_sql')) });
  upgrade(runner);
  const changed = schema(folder);
  const answer = reverse(runner, kept);
  expect([answer.code, lastWords(answer)]).toEqual([1, 'items.0002_sql cannot be taken back: Raw SQL operation']);
  expect([state(runner)['items'], schema(folder)]).toEqual(['0003_extra', changed]);
});

test('an upgrade that fails half way says what is still pending, and is not tried again [A-20, MG-10] [F47]', () => {
  const { runner, add } = project();
  upgrade(runner);
  add({ '0002_extra': migration(ADD_NULLABLE, after('0001_initial')), '0003_bad': migration("migrations.RunSQL('no such statement')", after('0002_extra')) });
  const answer = run(djangoMigrations(runner).upgrade());
  expect([answer.code, lastWords(answer)]).toEqual([1, 'a migration failed (migrate: 1); still pending: items.0003_bad']);
  expect(state(runner)['items']).toBe('0002_extra');
});
