import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { databaseOf } from '../../src/commands/database-of';
import { Fakes } from '../commands/support/fakes';
import { lastWords, must, run, temporary } from '../commands/support/run';

const PASSWORD = `p:a\\s's" w`;
const CONNECTION = { host: { env: 'DB_HOST' }, port: { value: '5432' }, name: { value: 'notes' }, user: { env: 'DB_USER' }, password: { env: 'DB_PASSWORD' } };
/** A cluster of the test's own on a socket in a temporary folder, run by the account that Debian's package made. */
const folder = mkdtempSync(join(tmpdir(), 'sternway-postgres-'));
const programs = ((): string => {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a)) : [];
  if (!versions[0]) throw new Error('PostgreSQL is not here; install it (Debian: apt-get install postgresql).');
  return `/usr/lib/postgresql/${versions[0]}/bin`;
})();

function asPostgres(program: string, ...words: string[]): string {
  return execFileSync('runuser', ['-u', 'postgres', '--', join(programs, program), ...words], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function psql(user: 'postgres' | 'notes' | 'poor', database: string, statements: string): string {
  const { status, stdout, stderr } = spawnSync(join(programs, 'psql'), ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-h', folder, '-U', user, database], { input: statements, encoding: 'utf8', env: { ...process.env, PGPASSWORD: user === 'postgres' ? 'super' : PASSWORD } });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** The settings of an app whose database account is this one. */
function database(user: 'notes' | 'poor' = 'notes', password = PASSWORD) {
  const env_file = join(temporary(), '.env');
  writeFileSync(env_file, `DB_HOST=${folder}\nDB_USER=${user}\nDB_PASSWORD="${password.replace(/[\\"]/g, '\\$&')}"\n`, { mode: 0o600 });
  return databaseOf({ engine: 'postgres', env_file, connection: CONNECTION });
}

const SCHEMA = `create table parent (id serial primary key, name text unique);
create table "Odd.Table" (id int, p int references parent(id), note text);
create table empty_one (x int);
insert into parent (name) values ('a'), (E'b\\nCOPY public.x (id) FROM stdin;\\n\\\\.\\n'), ('c');
insert into "Odd.Table" select id, id, name from parent;
create view names as select name from parent;
create function f() returns int language sql as 'select 7';
create schema apart; create table apart.parent (id int); insert into apart.parent values (1);`;
const NEWER = 'create table newer (id int references parent(id)); alter table parent add column more int; delete from "Odd.Table"; drop view names; drop schema apart cascade; insert into empty_one values (1), (2);';

beforeAll(() => {
  chmodSync(folder, 0o755);
  execFileSync('install', ['-d', '-o', 'postgres', join(folder, 'own')]);
  execFileSync('chown', ['postgres', folder]);
  writeFileSync(join(folder, 'own/password'), 'super');
  chmodSync(join(folder, 'own/password'), 0o644);
  asPostgres('initdb', '-D', join(folder, 'own/data'), '-A', 'scram-sha-256', `--pwfile=${join(folder, 'own/password')}`, '-U', 'postgres', '--no-sync');
  asPostgres('pg_ctl', '-D', join(folder, 'own/data'), '-w', '-l', join(folder, 'own/log'), '-o', `-k ${folder} -c listen_addresses= -c fsync=off`, 'start');
  psql('postgres', 'postgres', `create role notes login createdb password '${PASSWORD.replaceAll("'", "''")}'; create role poor login password '${PASSWORD.replaceAll("'", "''")}'; create role reader;`);
});
afterAll(() => {
  asPostgres('pg_ctl', '-D', join(folder, 'own/data'), '-m', 'immediate', '-w', 'stop');
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  for (const name of databases()) psql('postgres', 'postgres', `drop database "${name}" with (force)`);
  psql('postgres', 'postgres', "create database notes owner notes");
  psql('postgres', 'postgres', 'alter database notes set search_path to public, "x y"; alter database notes set work_mem = \'5MB\'; revoke all on database notes from public; grant connect on database notes to reader');
  psql('notes', 'notes', SCHEMA);
});

const databases = (): string[] => psql('postgres', 'postgres', "select datname from pg_database where datname like 'notes%' order by 1").split('\n').filter(Boolean);
/** Schema and rows, and what is set for the database itself. */
function digest(): string {
  const env = { ...process.env, PGPASSWORD: 'super' };
  const dump = execFileSync(join(programs, 'pg_dump'), ['-h', folder, '-U', 'postgres', '--create', '--inserts', 'notes'], { encoding: 'utf8', env });
  return dump.replaceAll(/^\\(un)?restrict .*$/gm, '');
}
const dumpAt = (): string => join(temporary(), 'backup/database.pgdump');

test('a dump of PostgreSQL is proven and recorded; a restore brings back all that the dump and the database itself had; twice, too [A-17, A-19]', () => {
  const db = database();
  const to = dumpAt();
  expect(must(db.dump(to, { frozen: true }))).toMatch(/: \d+ bytes, 4 tables, 7 rows\n$/);
  expect(JSON.parse(readFileSync(`${to}.json`, 'utf8'))).toMatchObject({ engine: 'postgres', name: 'notes', tables: { 'public."Odd.Table"': 3, 'public.empty_one': 0, 'public.parent': 3, 'apart.parent': 1 } });
  expect(must(db.prove(to))).toBe(`${to} is whole: 4 tables, 7 rows\n`);
  const before = digest();
  psql('notes', 'notes', NEWER);
  expect(must(db.loss(to))).toBe('2\n');
  for (let time = 0; time < 2; time++) {
    expect(must(db.restore(to))).toBe(`notes restored from ${to}: 4 tables, 7 rows\n`);
    expect([digest(), databases()]).toEqual([before, ['notes']]);
  }
});

test('a dump of PostgreSQL that was cut is refused, at each of 200 places [A-17] [F45]', () => {
  const db = database();
  const to = dumpAt();
  must(db.dump(to, { frozen: true }));
  const whole = readFileSync(to);
  const reading = /<<'PYTHON'\n([\s\S]*)PYTHON\n/.exec(db.prove(to).script)?.[1]?.split('def main():')[0] ?? '';
  const cuts = Array.from({ length: 200 }, (_, n) => Math.round((n * (whole.length - 1)) / 199));
  cuts.forEach((at, n) => writeFileSync(`${to}.${n}`, whole.subarray(0, at)));
  // The reader of the file alone, whose record would give the cut away before.
  const lines = `${reading}
whole, taken = read_dump(given), 0
for n in range(200):
    try:
        taken += read_dump("%s.%d" % (given, n)) == whole
    except Problem:
        pass
print(len(whole), taken)
`;
  expect(execFileSync('python3', ['-I', '-', JSON.stringify(to)], { input: lines, encoding: 'utf8' })).toBe('4 0\n');
});

test('a restore that dies between any two of its programs can be run again, and ends where it should [F48]', () => {
  const db = database();
  const to = dumpAt();
  must(db.dump(to, { frozen: true }));
  const before = digest();
  const state = temporary();
  const fakes = new Fakes(state);
  const dieAfter = (n: number) => {
    for (const name of ['psql', 'pg_restore']) fakes.add(name, `n=$(($(cat $STATE/count) + 1)); echo $n > $STATE/count; PATH=\${PATH#*:} ${name} "$@"; code=$?; [ $n != ${n} ] || kill -9 $PPID; exit $code`);
    writeFileSync(join(state, 'count'), '0\n');
    return run(db.restore(to), { path: [fakes.bin] }).code;
  };
  expect(dieAfter(-1)).toBe(0);
  const calls = Number(readFileSync(join(state, 'count'), 'utf8'));
  expect(calls).toBeGreaterThan(10);
  for (let n = 1; n <= calls; n++) {
    psql('notes', 'notes', NEWER);
    expect(dieAfter(n), `dies after ${n}`).not.toBe(0);
    expect(must(db.restore(to)), `again after ${n}`).toContain('notes restored');
    expect([n, digest(), databases()]).toEqual([n, before, ['notes']]);
  }
});

test('a database in use is not restored; a scratch restore runs beside it and leaves nothing [DB-02]', () => {
  const db = database();
  const to = dumpAt();
  must(db.dump(to, { frozen: false }));
  const before = digest();
  // While the client's statement runs, its own shell restores.
  const script = join(temporary(), 'script');
  const inUse = (command: { script: string }): string => {
    writeFileSync(script, command.script);
    return psql('notes', 'notes', `\\! sh ${script} 2>&1`);
  };
  expect(inUse(db.restore(to))).toBe('notes is in use by notes from this host: stop its writers first');
  expect(inUse(db.scratchRestore(to))).toBe(`${to} can be restored: 4 tables, 7 rows`);
  expect([digest(), databases()]).toEqual([before, ['notes']]);
});

test('a pg_dump that fails or loses rows leaves no dump; an account without rights is told so [A-17]', () => {
  const to = dumpAt();
  for (const [lines, why] of [
    ['PATH=${PATH#*:} pg_dump "$@"; echo "pg_dump: error: connection lost" >&2; exit 1', 'notes cannot be dumped: pg_dump: error: connection lost'],
    ['PATH=${PATH#*:} pg_dump --exclude-table-data=parent "$@"', 'the dump of notes does not hold its tables'],
    ['PATH=${PATH#*:} pg_dump "$@" && PGPASSWORD=super psql -Xq -h ' + folder + ' -U postgres notes -c "insert into empty_one values (1)"', 'the dump of notes does not hold the rows that are there, so somebody still writes: public.empty_one (0 and not 1)'],
  ] as const) {
    const answer = run(database().dump(to, { frozen: true }), { path: [new Fakes(temporary()).add('pg_dump', lines).bin] });
    expect([answer.code, lastWords(answer), existsSync(to)]).toEqual([1, why, false]);
  }
  expect(must(database().restorable())).toBe('notes may be restored by notes\n');
  expect(lastWords(run(database('poor').restorable()))).toMatch(/^the database notes does not belong to poor/);
  psql('postgres', 'postgres', 'alter database notes owner to poor');
  expect(lastWords(run(database('poor').restorable()))).toMatch(/^the database user poor may not create the database notes_sternway_check, which a restore needs \(ALTER ROLE "poor" CREATEDB\): /);
});

test('ping, count and connections answer; a wrong password does not pass, and no program shows the right one [A-42]', () => {
  const db = database();
  expect([must(db.ping()), must(db.count('parent')), must(db.count('apart.parent'))]).toEqual(['notes answers\n', '3\n', '1\n']);
  expect(JSON.parse(must(db.threads() ?? db.ping()))).toEqual({ connected: 1, peak: null, limit: 100 });
  expect(lastWords(run(database('notes', 'wrong').ping()))).toMatch(/password authentication failed for user "notes"/);
  const state = temporary();
  const fakes = new Fakes(state);
  for (const name of ['psql', 'pg_dump', 'pg_restore']) fakes.add(name, `tr '\\0' '\\n' < /proc/$$/environ >> $STATE/seen; cat /proc/[0-9]*/cmdline >> $STATE/seen 2>/dev/null; PATH=\${PATH#*:} ${name} "$@"`);
  const to = dumpAt();
  const said = [db.dump(to, { frozen: true }), db.restore(to)].map((command) => run(command, { path: [fakes.bin] }));
  expect(said.map(({ code }) => code)).toEqual([0, 0]);
  for (const text of [readFileSync(join(state, 'seen'), 'utf8'), JSON.stringify(said)]) expect(text.includes('p:a')).toBe(false);
});
