import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { databaseOf } from '../../src/commands/database-of';
import type { RemoteCommand } from '../../src/commands/remote-command';
import { raiseHost, type TargetHost } from '../../testbed';
import { until } from '../../testbed/wait';

const PASSWORD = `p"a\\s's #1`;
const ENV = `export DB_NAME=notes\nDB_USER="notes"\nDB_PASSWORD='p"a\\\\s\\'s #1' # of the app\nDB_HOST=127.0.0.1\nDB_PORT=3306\n`;
const CONNECTION = { host: { env: 'DB_HOST' }, port: { env: 'DB_PORT' }, name: { env: 'DB_NAME' }, user: { env: 'DB_USER' }, password: { env: 'DB_PASSWORD' } };
const db = databaseOf({ engine: 'mysql', env_file: '/srv/.env', connection: CONNECTION });
const DUMP = '/var/lib/backup/database.sql.gz';

/** All that Sternway must bring back: keys over tables, generated columns, views on views, a trigger, routines, an event, odd names and texts. */
const SCHEMA = `
create table parent (id bigint auto_increment primary key, name varchar(200) not null unique);
create table child (id bigint auto_increment primary key, parent_id bigint not null, note longtext, data longblob, twice bigint generated always as (parent_id * 2) stored,
  constraint child_parent_fk foreign key (parent_id) references parent (id));
create table \`odd \`\`name\`\`\` (id int primary key, self_id int, foreign key (self_id) references \`odd \`\`name\`\`\` (id));
create table empty_one (x int);
insert into parent (name) values ('a'), ('b(c),('), ('it''s \\\\ "x"\n-- Dumping data for table \`y\`\n('), ('é\n');
insert into child (parent_id, note, data) select id, concat(name, ' ), (1,2'), unhex('00FF2729') from parent;
insert into \`odd \`\`name\`\`\` values (1, 1), (2, 1);
create view names as select id, name from parent;
create view names_twice as select n.id, c.twice from names n join child c on c.parent_id = n.id;
delimiter ;;
create trigger child_note before insert on child for each row begin set new.note = concat('t:', coalesce(new.note, '')); end;;
create procedure p(in n int) begin /* kept */ select n; end;;
create function f() returns int deterministic return 7;;
create event tick on schedule every 1 year starts '2037-01-01' do begin insert into empty_one values (1); end;;
delimiter ;
`;
/** What a new release would have done by the time it is taken back. */
const NEWER = `create table newer (id int primary key, p bigint, foreign key (p) references parent (id)); alter table child add column more int; delete from child;
drop view names_twice; drop procedure p; create view newest as select 1 as x; create trigger newest after insert on newer for each row delete from empty_one;
create event newest on schedule every 1 year starts '2037-01-01' do delete from empty_one; insert into empty_one values (3);`;

let host: TargetHost;

beforeAll(async () => {
  host = await raiseHost({ name: 'database-mysql', base: 'stack-b' });
  await must('systemctl start mariadb');
  await must(`mysql`, `create user notes@'%' identified by '${PASSWORD.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'; grant all on notes.* to notes@'%'; grant all on \`notes\\_%\`.* to notes@'%'; create user notes_two@'%' identified by 'two'; set global event_scheduler = on;`);
  await host.put('/srv/.env', ENV, 0o600);
  await host.put('/root/app.cnf', `[client]\nuser=notes\nhost=127.0.0.1\npassword="${PASSWORD.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"\n`, 0o600);
  // Root's own file, which must not count.
  await host.put('/root/.my.cnf', '[client]\nuser=nobody\npassword=wrong\n', 0o600);
});
afterAll(async () => {
  await host.remove();
});
beforeEach(async () => {
  await must('rm -rf /var/lib/backup');
  const left = (await must(`mysql --defaults-file=/dev/null -NBe "show databases like 'notes%'"`)).split('\n').filter(Boolean);
  await must('mysql --defaults-file=/dev/null', left.map((name) => `drop database \`${name}\`;`).join('') + 'create database notes character set utf8mb4 collate utf8mb4_unicode_ci;');
  await asApp(SCHEMA);
});

async function must(command: string, input?: string): Promise<string> {
  const result = await host.run(command.replace(/^mysql$/, 'mysql --defaults-file=/dev/null'), input === undefined ? {} : { input });
  if (result.code !== 0) throw new Error(`${command} ended with ${result.code ?? 'a signal'}: ${result.stderr}${result.stdout}`);
  return result.stdout.trim();
}

const asApp = (sql: string, options = ''): Promise<string> => must(`mysql --defaults-file=/root/app.cnf ${options} notes`, sql);

interface Answer { code: number | null; stdout: string; stderr: string }

/** Runs it as the helper does, with these folders of stand-ins in front. */
async function run(command: RemoteCommand, path = ''): Promise<Answer> {
  await host.put('/root/script', command.script, 0o600);
  return await host.run(`cd / && env -i PATH=${path}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root sh /root/script`);
}

async function does(command: RemoteCommand): Promise<string> {
  const answer = await run(command);
  if (answer.code !== 0) throw new Error(`exit ${answer.code ?? 'signal'}: ${answer.stderr}${answer.stdout}`);
  return answer.stdout.trim();
}

/** Schema, rows, views, triggers, routines and events as text. */
const digest = (): Promise<string> => must('mysqldump --defaults-file=/dev/null --single-transaction --routines --triggers --events --hex-blob --skip-dump-date notes');
const schemas = (): Promise<string> => must(`mysql --defaults-file=/dev/null -NBe "show databases like 'notes%'"`);
const clients = (): Promise<string> => must(`mysql --defaults-file=/dev/null -NBe "select count(*) from information_schema.processlist where user = 'notes'"`);

/** A client of the app's account, connected and idle. */
async function connect(): Promise<void> {
  await must("systemd-run --quiet --unit=client sh -c 'sleep 600 | mysql --defaults-file=/root/app.cnf notes'");
  await until('The client is connected', async () => ((await clients()) === '1' ? true : undefined));
}

async function disconnect(): Promise<void> {
  await must('systemctl stop client');
  await until('The client is gone', async () => ((await clients()) === '0' ? true : undefined));
}

const files = (): Promise<string> => must('cd /var/lib/backup 2>/dev/null && ls || true');

test('a dump of MariaDB holds every table and row, with its record and checksum beside it, for root alone [BK-08, BK-09, A-18]', async () => {
  expect(await does(db.dump(DUMP, { frozen: true }))).toMatch(/^\/var\/lib\/backup\/database\.sql\.gz: \d+ bytes, 4 tables, 10 rows$/);
  expect(JSON.parse(await must(`cat ${DUMP}.json`))).toMatchObject({
    engine: 'mysql', name: 'notes', frozen: true, tables: { child: 4, empty_one: 0, 'odd `name`': 2, parent: 4 },
    objects: { view: ['names', 'names_twice'], trigger: ['child_note'], event: expect.arrayContaining(['tick']) as string[], procedure: ['p'], function: ['f'] },
  });
  expect(await must('cd /var/lib/backup && stat -c "%a %U %n" . *')).toBe(['700 root .', '600 root database.sql.gz', '644 root database.sql.gz.json', '644 root database.sql.gz.sha256'].join('\n'));
  expect(await must(`sha256sum --check ${DUMP}.sha256`)).toBe(`${DUMP}: OK`);
  expect(await must(`gunzip -t ${DUMP} && zcat ${DUMP} | tail -1`)).toMatch(/^-- Dump completed on /);
  expect(await does(db.prove(DUMP))).toBe(`${DUMP} is whole: 4 tables, 10 rows`);
});

test('a restore brings tables, rows, views, triggers, routines and events back, and what newer migrations made is gone; twice, too [A-19, DB-04]', async () => {
  await does(db.dump(DUMP, { frozen: true }));
  const before = await digest();
  await asApp(NEWER);
  expect(await digest()).not.toBe(before);
  expect(await does(db.loss(DUMP))).toBe('1');
  for (let time = 0; time < 2; time++) {
    expect(await does(db.restore(DUMP))).toBe(`notes restored from ${DUMP}: 4 tables, 10 rows`);
    expect(await digest()).toBe(before);
    expect(await schemas()).toBe('notes');
  }
  // The keys hold between the tables that are there now.
  expect((await host.run('mysql --defaults-file=/root/app.cnf notes -e "delete from parent where id = 1"')).stderr).toContain('foreign key constraint fails (`notes`.`child`');
});

/** Stand-ins before the real client: each call that sends statements is counted; after the n-th one its parent dies, before or after it. */
async function deathAfter(n: number): Promise<void> {
  const script = `#!/bin/sh\ncount=$(($(cat /root/count) + 1)); echo $count > /root/count\n[ "$count" != ${n} ] || { [ -e /root/before ] && { kill -9 $PPID; exit 1; }; }\n/usr/bin/mariadb "$@"; code=$?\n[ "$count" != ${n} ] || kill -9 $PPID\nexit $code\n`;
  await must('mkdir -p /root/bin && echo 0 > /root/count');
  await host.put('/root/bin/mariadb', script, 0o755);
}

test('a restore that dies between any two of its statements can be run again, and ends where it should [F48]', async () => {
  await does(db.dump(DUMP, { frozen: true }));
  const before = await digest();
  await asApp(NEWER);
  await deathAfter(-1);
  expect((await run(db.restore(DUMP), '/root/bin:')).code).toBe(0);
  const calls = Number(await must('cat /root/count'));
  expect(calls).toBeGreaterThan(10);
  for (let n = 1; n <= calls; n++) {
    await asApp(NEWER);
    await deathAfter(n);
    expect((await run(db.restore(DUMP), '/root/bin:')).code, `dies after ${n}`).not.toBe(0);
    await until('The client of the dead restore is gone', async () => ((await clients()) === '0' ? true : undefined));
    expect(await does(db.restore(DUMP)), `again after ${n}`).toContain('notes restored');
    expect([n, await digest()]).toEqual([n, before]);
    expect(await schemas()).toBe('notes');
  }
});

test('a database that a client still has open is not restored, and nothing of it changes', async () => {
  await does(db.dump(DUMP, { frozen: true }));
  await asApp(NEWER);
  const before = await digest();
  await connect();
  const answer = await run(db.restore(DUMP));
  expect([answer.code, answer.stderr]).toEqual([1, expect.stringMatching(/^notes is in use by notes from \S+: stop its writers first\n$/) as string]);
  expect(await digest()).toBe(before);
  await disconnect();
});

test('a scratch restore proves that the dump loads, beside a database in use, and leaves nothing [DB-02, A-17]', async () => {
  await does(db.dump(DUMP, { frozen: false }));
  const before = await digest();
  await connect();
  expect(await does(db.scratchRestore(DUMP))).toBe(`${DUMP} can be restored: 4 tables, 10 rows`);
  expect(await does(db.restorable())).toBe('notes may be restored by notes');
  await disconnect();
  expect([await digest(), await schemas()]).toEqual([before, 'notes']);
});

test('a dump that does not load is no dump: a scratch restore says so, a restore changes nothing', async () => {
  await does(db.dump(DUMP, { frozen: true }));
  // The same tables and rows to a reader of the file, but none that a server takes; checksum and record made to fit.
  await must(`zcat ${DUMP} | sed 's/\`parent_id\` bigint(20) NOT NULL/\`parent_id\` nothing NOT NULL/' | gzip > ${DUMP}.new && mv ${DUMP}.new ${DUMP} && python3 -`, `import hashlib, json, os
path = ${JSON.stringify(DUMP)}
record = json.load(open(path + ".json"))
record.update(bytes=os.path.getsize(path), sha256=hashlib.sha256(open(path, "rb").read()).hexdigest())
json.dump(record, open(path + ".json", "w"))
`);
  const before = await digest();
  for (const command of [db.scratchRestore(DUMP), db.restore(DUMP)]) expect((await run(command)).stderr).toMatch(/cannot be loaded into notes_sternway(_scratch)?: ERROR 4161 /);
  expect(await digest()).toBe(before);
});

test('a mysqldump that is killed, fails at its end, or stops half way leaves no dump [A-17, BK-09] [F45]', async () => {
  const real = '/usr/bin/mariadb-dump "$@"';
  for (const [lines, why] of [
    [`${real} | head -c 1500; kill -9 $$`, /^notes cannot be dumped: mysqldump ended with signal 9: /],
    [`${real}; echo "mysqldump: Error 2013: Lost connection" >&2; exit 3`, /^notes cannot be dumped: mysqldump ended with exit code 3: mysqldump: Error 2013: Lost connection\n$/],
    [`${real} | head -c 1500`, /^the dump does not end with its trailer: it was cut\n$/],
    ['exit 0', /^the dump does not end with its trailer: it was cut\n$/],
    [`${real} --ignore-table=notes.empty_one`, /^the dump of notes does not hold its tables\n$/],
    [`${real} | sed '/^(2,2,/d'`, /^the dump of notes does not hold the rows that are there, so somebody still writes: child \(3 and not 4\)\n$/],
  ] as const) {
    await must('mkdir -p /root/bin && rm -f /root/bin/*');
    await host.put('/root/bin/mariadb-dump', `#!/bin/sh\n[ "$1" != --version ] || exec ${real}\n${lines}\n`, 0o755);
    const answer = await run(db.dump(DUMP, { frozen: true }), '/root/bin:');
    expect([answer.code, answer.stderr]).toEqual([1, expect.stringMatching(why) as string]);
    expect(await files()).toBe('database.sql.gz.part');
  }
});

test('in the freeze a writer is noticed: a row too many, or one that only changed [A-18]', async () => {
  for (const statement of ["insert into parent (name) values (uuid())", 'update parent set name = concat(name, 1) where id = 1']) {
    await must('mkdir -p /root/bin && rm -f /root/bin/*');
    // Once the rows are read, somebody writes; the clock of MariaDB's note of it has whole seconds.
    await host.put('/root/bin/mariadb-dump', `#!/bin/sh\n[ "$1" != --version ] || exec /usr/bin/mariadb-dump "$@"\n/usr/bin/mariadb-dump "$@" && /usr/bin/mariadb --defaults-file=/root/app.cnf notes -e "do sleep(1.1); ${statement}"\n`, 0o755);
    expect((await run(db.dump(DUMP, { frozen: true }), '/root/bin:')).stderr).toMatch(/so somebody still writes: parent \(4 and not 5\)|^somebody still writes into notes: parent\n$/);
    expect((await run(db.dump(DUMP, { frozen: false }), '/root/bin:')).code).toBe(0);
    await must('rm -rf /var/lib/backup');
  }
});

test('no process and no file of a dump or a restore shows the password [A-42]', async () => {
  await must('mkdir -p /root/bin && rm -f /root/bin/*');
  const looks = (name: string): string => `#!/bin/sh\ncat /proc/[0-9]*/cmdline /proc/[0-9]*/environ >> /root/seen 2>/dev/null; ls -la /run >> /root/seen\nexec /usr/bin/${name} "$@"\n`;
  for (const name of ['mariadb', 'mariadb-dump']) await host.put(`/root/bin/${name}`, looks(name), 0o755);
  const said = [await run(db.dump(DUMP, { frozen: true }), '/root/bin:'), await run(db.restore(DUMP), '/root/bin:')];
  expect(said.map(({ code }) => code)).toEqual([0, 0]);
  expect(await must('grep -c defaults-file /root/seen')).not.toBe('0');
  const secret = 'p"a\\s';
  expect(JSON.stringify(said).includes(secret)).toBe(false);
  expect(await must(`grep -aRlF -D skip '${secret}' /root/seen /var/lib/backup /root/script /tmp /run || true`)).toBe('');
});

test('an account without the right to make schemas is told so before anything changes', async () => {
  await does(db.dump(DUMP, { frozen: true }));
  await must('mysql', "grant all on notes.* to notes_two@'%'");
  await host.put('/srv/two.env', ENV.replace('DB_USER="notes"', 'DB_USER=notes_two').replace(/DB_PASSWORD=.*/, 'DB_PASSWORD=two'), 0o600);
  const two = databaseOf({ engine: 'mysql', env_file: '/srv/two.env', connection: CONNECTION });
  const before = await digest();
  for (const command of [two.restorable(), two.restore(DUMP)]) {
    expect((await run(command)).stderr).toMatch(/^the database user notes_two may not create the schema notes_sternway\w*, which a restore needs \(GRANT ALL ON `notes\\_%`\.\* TO it\): ERROR 1044/);
  }
  expect(await digest()).toBe(before);
});

test('ping, count and connections answer; a stopped server, a wrong password and a missing table do not pass [MN-10, MN-11]', async () => {
  expect(await does(db.ping())).toBe('notes answers');
  expect(await does(db.count('odd `name`'))).toBe('2');
  const threads = JSON.parse(await does(db.threads() ?? db.ping())) as { connected: number; peak: number; limit: number };
  expect(threads.connected).toBeGreaterThanOrEqual(1);
  expect(threads.peak).toBeGreaterThanOrEqual(threads.connected);
  expect(threads.limit).toBe(151);
  expect((await run(db.count('gone'))).stderr).toMatch(/Table 'notes\.gone' doesn't exist/);
  await host.put('/srv/wrong.env', ENV.replace('#1', '#2'), 0o600);
  expect((await run(databaseOf({ engine: 'mysql', env_file: '/srv/wrong.env', connection: CONNECTION }).ping())).stderr).toMatch(/^ERROR 1045 \(28000\)/);
  await must('systemctl stop mariadb');
  for (const command of [db.ping(), db.dump(DUMP, { frozen: false }), db.count('parent')]) expect((await run(command)).stderr).toMatch(/ERROR 2002 \(HY000\): Can't connect/);
  await must('systemctl start mariadb');
});
