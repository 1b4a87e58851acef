import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { databaseOf } from '../../src/commands/database-of';
import { plant } from './support/plant';
import { lastWords, must, run, temporary } from './support/run';

const CONNECTION = { host: { value: '127.0.0.1' }, port: { env: 'DB_PORT' }, name: { env: 'DB_NAME' }, user: { env: 'DB_USER' }, password: { env: 'DB_PASSWORD' } };

function sql(file: string, statements: string): void {
  execFileSync('python3', ['-c', 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])', file, statements]);
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 30_000; !holds(); await new Promise((resolve) => setTimeout(resolve, 1))) if (Date.now() > end) throw new Error('not within 30 s');
}

function inGroup(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

/** A SQLite database with five rows in two tables, and a frozen dump of it. */
function planted() {
  const folder = temporary();
  const file = join(folder, "data/it's 100%25.sqlite3");
  const dump = join(folder, 'backup/database.sqlite3');
  plant(folder, { data: null });
  sql(file, "create table parents (id integer primary key); create table items (id integer primary key, parent references parents); insert into parents values (1), (2); insert into items values (1, 1), (2, 1), (3, 2)");
  const db = databaseOf({ engine: 'sqlite', file });
  must(db.dump(dump, { frozen: true }));
  return { folder, file, dump, db };
}

test('each engine has its own dump; a server\'s is asked with what the app itself reads', () => {
  const mysql = databaseOf({ engine: 'mysql', env_file: '/srv/.env', connection: CONNECTION });
  const postgres = databaseOf({ engine: 'postgres', env_file: '/srv/.env', connection: CONNECTION });
  expect([databaseOf({ engine: 'sqlite', file: '/x' }).suffix, mysql.suffix, postgres.suffix]).toEqual(['sqlite3', 'sql.gz', 'pgdump']);
  const document = '\'{"env_file":"/srv/.env","connection":{"host":{"value":"127.0.0.1"},"port":{"env":"DB_PORT"},"name":{"env":"DB_NAME"},"user":{"env":"DB_USER"},"password":{"env":"DB_PASSWORD"}},"to":"/b/db","frozen":true}\'';
  for (const db of [mysql, postgres]) {
    expect(db.dump('/b/db', { frozen: true }).script.split('\n').slice(0, 2)).toEqual(['set -eu', `python3 -I - ${document} <<'PYTHON'`]);
    // Root reads the app's .env, which is its owner's alone.
    expect(db.restore('/b/db')).toEqual({ script: expect.any(String) as string });
  }
  expect(mysql.restore('/b/db').script).not.toBe(postgres.restore('/b/db').script);
});

test('programs for hosts are valid Python', () => {
  const all = [databaseOf({ engine: 'mysql', env_file: '/e', connection: CONNECTION }), databaseOf({ engine: 'postgres', env_file: '/e', connection: CONNECTION })].flatMap((db) => [
    db.dump('/b', { frozen: false }), db.prove('/b'), db.restorable(), db.restore('/b'), db.scratchRestore('/b'), db.ping(),
  ]);
  const programs = all.map(({ script }) => /<<'PYTHON'\n([\s\S]*)PYTHON\n/.exec(script)?.[1] ?? 'no program');
  execFileSync('python3', ['-W', 'error', '-c', 'import json, sys\nfor text in json.load(sys.stdin): compile(text, "program", "exec")'], { input: JSON.stringify(programs) });
});

test('a SQLite database answers, counts its rows, and tells how many were added since the dump [BK-04]', () => {
  const { file, dump, db } = planted();
  expect(must(db.ping())).toBe(`${file} answers\n`);
  expect(must(db.count('items'))).toBe('3\n');
  expect(must(db.loss(dump))).toBe('0\n');
  sql(file, 'insert into items values (4, 1), (5, 1); delete from parents where id = 2; create table newer (x); insert into newer values (1)');
  expect(must(db.loss(dump))).toBe('3\n');
  expect(db.threads()).toBeUndefined();
  expect(run(db.count('gone')).code).toBe(1);
  expect(run(databaseOf({ engine: 'sqlite', file: '/nowhere/x' }).ping()).code).toBe(1);
});

test('a scratch copy that is ended in the middle is gone, and one that was killed is gone with the next [DR-02]', async () => {
  const { folder, file, db } = planted();
  const dump = join(folder, 'backup/large.sqlite3');
  sql(file, 'with recursive n(i) as (select 10 union all select i + 1 from n where i < 400000) insert into items select i, 1 from n');
  must(db.dump(dump, { frozen: true }));
  const scratch = (): string[] => readdirSync(dirname(dump)).filter((name) => name.startsWith('.scratch'));
  /** Ends one while it copies. It may be over before it was seen to: then another is begun. */
  const ended = async (signal: NodeJS.Signals): Promise<void> => {
    for (let met = false; !met; ) {
      const earlier = scratch();
      const child = spawn('/bin/sh', ['-c', db.scratchRestore(dump).script], { detached: true, stdio: 'ignore' });
      const gone = once(child, 'exit');
      const copying = (): boolean => scratch().some((name) => !earlier.includes(name) && existsSync(join(dirname(dump), name, 'database')));
      await until(() => (met = copying()) || child.exitCode !== null);
      if (met) process.kill(-(child.pid ?? 0), signal);
      await gone;
      await until(() => !inGroup(child.pid ?? 0));
    }
  };
  for (const [signal, left] of [['SIGKILL', 1], ['SIGTERM', 0]] as const) {
    await ended(signal);
    expect(scratch(), signal).toHaveLength(left);
  }
  must(db.scratchRestore(dump));
  expect(scratch()).toEqual([]);
});

test('a SQLite dump is proven, and restored into a scratch copy that is gone afterwards [A-17, DB-02]', () => {
  const { file, dump, db } = planted();
  expect(must(db.prove(dump))).toBe(`${dump} is whole: 2 tables, 5 rows\n`);
  expect(must(db.scratchRestore(dump))).toBe(`${dump} can be restored\n`);
  expect(must(db.restorable())).toBe('');
  expect(readdirSync(join(dump, '..')).sort()).toEqual(['database.sqlite3', 'database.sqlite3.sha256']);
  writeFileSync(dump, readFileSync(dump).fill(255, 4096, 4200));
  for (const command of [db.prove(dump), db.scratchRestore(dump), db.restore(dump)]) expect(lastWords(run(command))).toBe(`the dump ${dump} is damaged: its checksum differs`);
  // Broken before their checksums were taken: only SQLite itself can tell.
  for (const [content, why] of [[readFileSync(planted().dump).fill(255, 4096, 4200), / is not intact: | cannot be read: /], [Buffer.alloc(0), / is not intact: it holds no table$/]] as const) {
    const broken = planted();
    writeFileSync(broken.dump, content);
    writeFileSync(`${broken.dump}.sha256`, `${createHash('sha256').update(content).digest('hex')}  ${broken.dump}\n`);
    expect(lastWords(run(broken.db.prove(broken.dump)))).toMatch(why);
  }
  const dangling = planted();
  sql(dangling.file, 'insert into items values (9, 99)');
  must(dangling.db.dump(dangling.dump, { frozen: true }));
  expect(lastWords(run(dangling.db.scratchRestore(dangling.dump)))).toBe(`${dangling.dump} cannot be restored: rows of items point nowhere`);
  expect(lastWords(run(databaseOf({ engine: 'sqlite', file: `${file}.gone` }).restorable()))).toBe(`there is no database ${file}.gone`);
});
