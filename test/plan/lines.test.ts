import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { accepted, keepingKind, marking, schemaBack } from '../../src/commands/schema-back';
import { sh } from '../../src/commands/remote-command';
import { shopPlan, shopSettings } from './support/shop';

const temporary = (): string => mkdtempSync(join(tmpdir(), 'lines-'));
const run = (script: string) => spawnSync('sh', ['-c', script], { encoding: 'utf8' });

test('pending migrations that are worse than accepted stop the release before anything is changed, and the way on is named [MG-03, MG-04, MG-08, CH-07]', () => {
  const settings = shopSettings();
  const strict = shopPlan(undefined, { settings: { ...settings, database: settings.database && { ...settings.database, accept: 'additive' } } });
  const titles = strict.steps.map((step) => step.title);
  expect(titles.indexOf('the migrations are accepted')).toBe(titles.indexOf('read the pending migrations') + 1);
  expect(strict.steps.find((step) => step.title === 'the migrations are accepted')).toMatchObject({ phase: 'prepare', kind: 'check' });
  const every = shopPlan(undefined, { settings: { ...settings, database: settings.database && { ...settings.database, accept: 'irreversible' } } });
  expect(every.steps.map((step) => step.title)).not.toContain('the migrations are accepted');
  // What nobody said anything of: rows that go for ever need a word.
  expect(settings.database?.accept).toBe('reversible');

  const file = join(temporary(), 'schema');
  for (const [kind, most, code] of [['none', 'additive', 0], ['additive', 'additive', 0], ['reversible', 'additive', 1], ['irreversible', 'reversible', 1], ['irreversible', 'irreversible', 0], ['nonsense', 'irreversible', 1]] as const) {
    writeFileSync(file, `${kind}\n`);
    writeFileSync(`${file}.pending`, `shop.0002_more additive a new table\nshop.0003_drop ${kind} a column goes\nshop.0004_rows ${kind}\n`);
    const { status, stderr } = run(accepted(file, most).script);
    expect([kind, most, status]).toEqual([kind, most, code]);
    if (code === 1) expect(stderr).toContain(`the pending migrations are ${kind}, and only ${most} ones are accepted without a word; ${kind}: shop.0003_drop shop.0004_rows; look at what they do, then deploy with --accept ${kind}`);
  }
});

test('the kind that was found is kept for the way back, whole or not at all', () => {
  const folder = temporary();
  const file = join(folder, 'marks/schema');
  expect(run(keepingKind(sh(["echo '0002_x additive adds'", "echo 'schema: additive'"]), file).script)).toMatchObject({ status: 0, stdout: '  0002_x additive adds\nschema: additive\n' });
  expect(execFileSync('cat', [file], { encoding: 'utf8' })).toBe('additive\n');
  const failing = run(keepingKind(sh(["echo 'schema: none'", "echo 'why it failed' >&2", 'exit 4']), file).script);
  expect([failing.status, failing.stdout, failing.stderr]).toEqual([4, '  schema: none\n', '  why it failed\n']);
  expect(run(keepingKind(sh(["echo 'all is well'"]), file).script)).toMatchObject({ status: 1, stderr: 'the pending migrations were not classified: there is no verdict\n' });
  expect(execFileSync('cat', [file], { encoding: 'utf8' })).toBe('additive\n');
});

test.each([
  // kind, migrated, how far, cheap, reverse's code → which way
  ['additive', true, 'migrated', false, 0, 'reversed'], ['additive', true, 'started', true, 0, 'restored'], ['reversible', true, 'opened', true, 0, 'reversed'],
  ['reversible', true, 'migrated', false, 0, 'restored'], ['reversible', true, 'started', false, 0, 'reversed'], ['reversible', true, 'opened', false, 0, 'reversed'],
  ['reversible', true, 'opened', false, 7, 'restored'], ['irreversible', true, 'opened', false, 0, 'restored'], ['additive', false, 'migrated', false, 0, 'restored'],
  [null, true, 'migrated', false, 0, 'restored'],
] as const)('a schema goes back by exactly one of two ways: kind %s, upgrade whole %s, came as far as %s, restore cheap %s, reverse ends with %s: %s [DB-05, A-14, A-20]', (kind, migrated, reached, cheap, code, way) => {
  const folder = temporary();
  const files = { kind: join(folder, 'schema'), migrated: join(folder, 'migrated'), started: join(folder, 'started'), opened: join(folder, 'opened') };
  if (kind) writeFileSync(files.kind, `${kind}\n`);
  if (migrated) run(marking(sh(['true']), files.migrated).script);
  if (reached !== 'migrated') writeFileSync(files.started, '');
  if (reached === 'opened') writeFileSync(files.opened, '');
  const log = join(folder, 'log');
  // A failing line in the middle of the reverse must end it: in a condition, sh would go on.
  const reverse = sh([code === 0 ? 'true' : `sh -c 'exit ${code}'`, `echo reversed >> ${log}`]);
  const { status } = run(schemaBack({ ...files, reverse, restore: sh([`echo restored >> ${log}`]), restoreIsCheap: cheap }).script);
  expect(status).toBe(0);
  expect(execFileSync('cat', [log], { encoding: 'utf8' })).toBe(`${way}\n`);
});

test('where neither way works the undo says so by its exit code', () => {
  const files = { kind: '/nowhere/kind', migrated: '/nowhere/migrated', started: '/nowhere/started', opened: '/nowhere/opened' };
  expect(run(schemaBack({ ...files, reverse: sh(['exit 1']), restore: sh(["echo 'no' >&2", 'exit 5']), restoreIsCheap: false }).script).status).toBe(5);
});

test('the mark of a whole upgrade is not left by one that failed', () => {
  const mark = join(temporary(), 'migrated');
  expect(run(marking(sh(['exit 3']), mark).script).status).toBe(3);
  expect(run(`[ -e ${mark} ]`).status).toBe(1);
});
