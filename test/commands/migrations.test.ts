import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandMigrations, type MigrationCommands } from '../../src/commands/migrations';
import type { RemoteCommand } from '../../src/commands/remote-command';
import { plant } from './support/plant';
import { lastWords, run, temporary } from './support/run';

const classify = (m: MigrationCommands): RemoteCommand => commandMigrations(m).classify();
const upgrade = (m: MigrationCommands): RemoteCommand => commandMigrations(m).upgrade();

const SHOP: MigrationCommands = { release: '/r/d1', user: 'shop', upgrade: ['venv/bin/python', 'database.py', 'upgrade'], plan: ['venv/bin/python', 'database.py', 'plan'] };

test('classifying: the release\'s own plan of migrations, as its owner, in its directory', () => {
  const script = `import json, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE)
if done.returncode:
    sys.exit("the plan of migrations cannot be read: exit %d" % done.returncode)
try:
    pending = [(m.get("revision"), m.get("kind"), m.get("description", "")) for m in json.loads(done.stdout.decode())]
except (ValueError, TypeError, AttributeError) as error:
    sys.exit("the plan of migrations is not a JSON list of objects: %s" % error)
order = ["none", "additive", "reversible", "irreversible"]
worst = "none"
for revision, kind, description in pending:
    kind = kind if kind in order[1:] else "irreversible"
    print(" ".join(("%s %s %s" % (revision, kind, description)).split()))
    worst = max(worst, kind, key=order.index)
print("schema: %s" % worst)
PYTHON
`;
  expect(classify(SHOP)).toEqual({ user: 'shop', cwd: '/r/d1', script: `set -eu\npython3 -I - venv/bin/python database.py plan <<'PYTHON'\n${script}` });
  expect(classify({ ...SHOP, plan: ['-x', "it's $(id)"] }).script).toBe(`set -eu\npython3 -I - -x 'it'\\''s $(id)' <<'PYTHON'\n${script}`);
});

test('upgrading: once, as the owner, in the new release\'s directory, and nothing may be pending afterwards [MG-01]', () => {
  expect(upgrade(SHOP)).toEqual({
    user: 'shop', cwd: '/r/d1',
    script: String.raw`set -eu
venv/bin/python database.py upgrade
left=$(venv/bin/python database.py plan)
[ "$(printf '%s' "$left" | tr -d ' \n')" = '[]' ] || { printf '%s\n' "$left" >&2; echo 'migrations are still pending after the upgrade' >&2; exit 1; }
`,
  });
  expect(upgrade({ release: '/r/d1', user: 'shop', upgrade: ['a b', "it's $(id)"] }).script).toBe(`set -eu\n'a b' 'it'\\''s $(id)'\n`);
});

/** A release whose `database` program answers `plan` with a text and keeps count of its upgrades. */
function release(plan: string, after = plan): MigrationCommands {
  const folder = temporary();
  plant(folder, { before: plan, after, database: '#!/bin/sh\ncase "$1" in\nplan) if [ -e ran ]; then cat after; else cat before; fi; exit "$(cat code 2>/dev/null || echo 0)" ;;\nupgrade) echo run >> ran; [ ! -e fails ] ;;\nesac\n' });
  chmodSync(join(folder, 'database'), 0o755);
  return { release: folder, user: 'root', upgrade: ['./database', 'upgrade'], plan: ['./database', 'plan'] };
}

const pending = (...kinds: unknown[]): string => JSON.stringify(kinds.map((kind, n) => ({ revision: `000${n}`, kind, description: `what  it\ndoes ${n}` })));

test('pending migrations are summed up by the worst of them; a kind that nobody knows is irreversible', () => {
  for (const [plan, lines] of [
    ['[]', ['schema: none']],
    [pending('additive'), ['0000 additive what it does 0', 'schema: additive']],
    [pending('additive', 'reversible', 'additive'), ['0000 additive what it does 0', '0001 reversible what it does 1', '0002 additive what it does 2', 'schema: reversible']],
    [pending('reversible', 'irreversible'), ['0000 reversible what it does 0', '0001 irreversible what it does 1', 'schema: irreversible']],
    [pending('none'), ['0000 irreversible what it does 0', 'schema: irreversible']],
    [pending(undefined, 7, 'additiv'), ['0000 irreversible what it does 0', '0001 irreversible what it does 1', '0002 irreversible what it does 2', 'schema: irreversible']],
  ] as const) {
    const { code, stdout } = run(classify(release(plan)));
    expect([code, stdout]).toEqual([0, `${lines.join('\n')}\n`]);
  }
});

test('a description cannot pass for the verdict', () => {
  const { stdout } = run(classify(release(JSON.stringify([{ revision: '1', kind: 'irreversible', description: 'drops\nschema: none\n' }]))));
  expect(stdout.match(/^schema: .*$/gm)).toEqual(['schema: irreversible']);
});

test('a plan that fails or is no list of migrations is an error, never "none" [A-28]', () => {
  const failing = release('[]');
  plant(failing.release, { code: '3' });
  expect(lastWords(run(classify(failing)))).toBe('the plan of migrations cannot be read: exit 3');
  for (const plan of ['', 'no migrations', '{"revision": "1"}', '["1"]', '7']) {
    const answer = run(classify(release(plan)));
    expect(answer.code).toBe(1);
    expect(lastWords(answer)).toMatch(/^the plan of migrations is not a JSON list of objects: /);
    expect(answer.stdout).not.toContain('schema:');
  }
});

test('without a plan command any upgrade counts as irreversible', () => {
  const { plan: _, ...none } = release('[]');
  expect(run(classify(none))).toEqual({ code: 0, stdout: 'no plan command is configured: any upgrade counts as irreversible\nschema: irreversible\n', stderr: '' });
});

test('an upgrade runs once and passes only when nothing is left pending [MG-01] [F47]', () => {
  const done = release(pending('additive'), '[ ]\n');
  expect(run(upgrade(done)).code).toBe(0);
  expect(readFileSync(join(done.release, 'ran'), 'utf8')).toBe('run\n');
  const half = run(upgrade(release(pending('additive', 'additive'), JSON.stringify([{ revision: '0001' }], null, 2))));
  expect(half.code).toBe(1);
  expect(half.stderr).toContain('"revision": "0001"');
  expect(lastWords(half)).toBe('migrations are still pending after the upgrade');
});

test('an upgrade that fails is not judged by its plan, and a plan that fails afterwards is no pass', () => {
  const fails = release('[]');
  plant(fails.release, { fails: '' });
  expect(run(upgrade(fails)).code).not.toBe(0);
  const unreadable = release('[]');
  plant(unreadable.release, { code: '3' });
  expect(run(upgrade(unreadable)).code).toBe(3);
  expect(existsSync(join(unreadable.release, 'ran'))).toBe(true);
});

/** An app whose `database` program keeps its revision in a file: `status` prints it, `downgrade TO` moves it (unless `stuck` is there). */
function versioned(revision: string): MigrationCommands {
  const m = release('[]');
  plant(m.release, { revision, database: '#!/bin/sh\ncase "$1" in\nstatus) cat revision; [ ! -e silent ] || exit 4 ;;\ndowngrade) echo "$2" >> asked; [ -e stuck ] || echo "$2" > revision; exit "$(cat code 2>/dev/null || echo 0)" ;;\nesac\n' });
  return { ...m, status: ['./database', 'status'], downgrade: ['./database', 'downgrade', '{revision}'] };
}

test('the revision is printed and kept, and a downgrade is judged by the revision that it reaches [BK-05, A-14, A-16]', () => {
  const m = versioned('0003\n');
  const kept = join(m.release, 'kept/state.json');
  const migrations = commandMigrations(m);
  expect(run(migrations.state(kept) ?? { script: 'false' })).toEqual({ code: 0, stdout: '{"schema": "0003"}\n', stderr: '' });
  expect(readFileSync(kept, 'utf8')).toBe('{"schema": "0003"}\n');
  plant(m.release, { revision: '0005\n' });
  for (let time = 0; time < 2; time++) expect(lastWords(run(migrations.reverse(kept) ?? { script: 'false' }))).toBe('the schema is at 0003 again');
  // The second time there was nothing to do.
  expect(readFileSync(join(m.release, 'asked'), 'utf8')).toBe('0003\n');
  plant(m.release, { revision: '0005\n', stuck: '' });
  expect(lastWords(run(migrations.reverse(kept) ?? { script: 'false' }))).toBe('the schema is at 0005 after the way back and not at 0003');
  plant(m.release, { code: '2' });
  expect(lastWords(run(migrations.reverse(kept) ?? { script: 'false' }))).toBe('the schema could not be taken back to 0003: exit 2');
});

test('a revision that comes with more words, or from a command that fails, is none; without commands there is no such way', () => {
  const odd = commandMigrations(versioned('warning: 0003\n'));
  expect(lastWords(run(odd.state() ?? { script: 'false' }))).toBe('the revision of the schema cannot be read: exit 0, 2 words');
  const failing = versioned('0003\n');
  plant(failing.release, { silent: '' });
  expect(lastWords(run(commandMigrations(failing).state() ?? { script: 'false' }))).toBe('the revision of the schema cannot be read: exit 4, 1 words');
  const { plan: _, ...none } = SHOP;
  expect([commandMigrations(SHOP).state(), commandMigrations(SHOP).reverse('/x'), commandMigrations(none).showPlan()]).toEqual([undefined, undefined, undefined]);
});
