import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { DUMP_FILE } from '../../src/commands/mysql-file';
import { mysqlDatabase } from '../../src/commands/mysql';
import { Fakes } from './support/fakes';
import { plant } from './support/plant';
import { pythonJson } from './support/python';
import { lastWords, run, temporary, tool } from './support/run';

const CONNECTION = { host: { env: 'DB_HOST' }, port: { env: 'DB_PORT' }, name: { env: 'DB_NAME' }, user: { env: 'DB_USER' }, password: { env: 'DB_PASSWORD' } };
/** Made once by mariadb-dump 10.11: foreign keys, views, a trigger, routines, an event, texts that look like parts of a dump. */
const REAL = readFileSync(join(__dirname, 'support/notes.sql.gz'));
const ROWS = { child: 4, empty_one: 1, 'odd `name`': 2, parent: 4 };

/** Reads each file as the proof does: its tables, or why it is refused. */
function judge(files: readonly Buffer[]): (Record<string, number> | string)[] {
  const folder = temporary();
  files.forEach((content, n) => writeFileSync(join(folder, String(n)), content));
  return pythonJson([DUMP_FILE], `
def judged(path):
    try:
        return read_dump(path)
    except Problem as problem:
        return str(problem)
print(json.dumps([judged("%s/%d" % (given["folder"], n)) for n in range(given["count"])]))
`, { folder, count: files.length });
}

/** 200 places from the first byte to the last but one. */
const cuts = (length: number): number[] => [...new Set(Array.from({ length: 200 }, (_, n) => Math.round((n * (length - 1)) / 199)))];

test('a dump tells its tables and rows, whatever its texts look like [A-17]', () => {
  expect(judge([REAL])).toEqual([ROWS]);
});

test('a dump that was cut is refused, at each of 200 places of the file and of its text [A-17, BK-09] [F45]', () => {
  const text = gunzipSync(REAL);
  const cutFiles = cuts(REAL.length).map((at) => REAL.subarray(0, at));
  const cutTexts = cuts(text.length).map((at) => gzipSync(text.subarray(0, at)));
  expect([cutFiles.length, cutTexts.length]).toEqual([200, 200]);
  expect(judge([...cutFiles, ...cutTexts]).filter((answer) => typeof answer !== 'string')).toEqual([]);
});

test('a dump that lost a piece in its middle is refused, or tells other rows than the whole one [A-17]', () => {
  const text = gunzipSync(REAL).toString();
  const without = (piece: string): Buffer => {
    expect(text).toContain(piece);
    return gzipSync(text.replace(piece, ''));
  };
  expect(judge([without("(3,4,'é\\n ), (1,2',0x00FF2729,8),\n"), without('INSERT INTO `parent` VALUES\n(1,\'a\'),\n'), without('CREATE TABLE `parent` ('), without('-- Dumping data for table `child`\n')])).toEqual([
    { ...ROWS, child: 3 }, { ...ROWS, parent: 3 }, 'the dump lacks the rows or the making of parent', 'the dump lacks the rows or the making of child',
  ]);
});

test('an empty dump, one of no table, and one with an error inside are refused [A-17] [F45, F46]', () => {
  const text = gunzipSync(REAL).toString();
  const inside = (line: string): Buffer => gzipSync(text.replace('\n--\n-- Dumping data for table `parent`\n', `\n${line}\n--\n-- Dumping data for table \`parent\`\n`));
  const noTable = `${'-- MariaDB dump\n'.repeat(100)}-- Dump completed on 2026-11-22  8:58:51\n`;
  const answers = judge([
    Buffer.alloc(0), gzipSync(''), gzipSync(Buffer.from(Array.from({ length: 1000 }, (_, n) => (n * 7919) % 251)).toString('hex')), gzipSync(noTable, { level: 0 }),
    inside('mysqldump: Got error: 2013: Lost connection to server during query'), inside('mariadb-dump: Error 1412: Table definition has changed'),
    inside('ERROR 1045 (28000): Access denied'), inside('-- insufficient privileges to SHOW CREATE PROCEDURE `p`'),
  ]);
  expect(answers.map((answer) => (typeof answer === 'string' ? answer : 'taken for whole').replace(/^\S*\/\d+ /, 'it '))).toEqual([
    'it has 0 bytes: it is no dump', 'it has 20 bytes: it is no dump', 'the dump does not end with its trailer: it was cut', 'the dump holds no table',
    'the dump holds an error: mysqldump: Got error: 2013: Lost connection to server during query', 'the dump holds an error: mariadb-dump: Error 1412: Table definition has changed',
    'the dump holds an error: ERROR 1045 (28000): Access denied', 'the dump holds an error: -- insufficient privileges to SHOW CREATE PROCEDURE `p`',
  ]);
});

test('rows are counted as MySQL 8 writes them, too: many in a line, with the columns named where some are generated', () => {
  const table = (name: string, rows: string): string => `--\n-- Table structure for table \`${name}\`\n--\n\nCREATE TABLE \`${name}\` (\n  \`id\` int\n);\n\n--\n-- Dumping data for table \`${name}\`\n--\n\nLOCK TABLES \`${name}\` WRITE;\n${rows}UNLOCK TABLES;\n\n`;
  const text = [
    '-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)\n\n', table('many', `INSERT INTO \`many\` VALUES (1,'a),(\\'(b'),(2,NULL),(3,_binary 'x\\\\'),(4,'\\\\');\nINSERT INTO \`many\` VALUES (5,0x28);\n`),
    table('VALUES (', "INSERT INTO `VALUES (` (`a VALUES (`, `b`) VALUES (1,'('),(2,')');\n"), table('none', ''), '-- Dump completed on 2026-11-22  8:58:51\n',
  ].join('');
  expect(judge([gzipSync(text, { level: 0 })])).toEqual([{ many: 5, 'VALUES (': 2, none: 0 }]);
});

test('what a routine\'s own text says is neither a part of the dump nor an error', () => {
  const text = gunzipSync(REAL).toString();
  const body = 'begin\n--\n-- Table structure for table `gone`\n--\nERROR 1 (x)\nend\n;;\n';
  expect(text).toMatch(/PROCEDURE `p`\(in n int\)\n/);
  expect(judge([gzipSync(text.replace(/(PROCEDURE `p`\(in n int\)\n)begin[\s\S]*?;;\n/, `$1${body}`))])).toEqual([ROWS]);
});

/** A dump with a record beside it that says exactly what lies there, so that only the content can give it away. */
function planted(content: Buffer, tables: object = ROWS): string {
  const file = join(temporary(), 'database.sql.gz');
  writeFileSync(file, content);
  writeFileSync(`${file}.json`, JSON.stringify({ engine: 'mysql', name: 'notes', bytes: content.length, sha256: createHash('sha256').update(content).digest('hex'), tables }));
  return file;
}

test('a dump is proven against its record: checksum, size, tables and rows [A-17, BK-09]', () => {
  const db = mysqlDatabase('/x/.env', CONNECTION);
  const whole = planted(REAL);
  expect(run(db.prove(whole))).toEqual({ code: 0, stdout: `${whole} is whole: 4 tables, 11 rows\n`, stderr: '' });
  const other = planted(REAL, { ...ROWS, child: 5 });
  expect(lastWords(run(db.prove(other)))).toBe(`the dump ${other} does not hold the rows that were recorded`);
  const cut = planted(REAL.subarray(0, REAL.length - 9));
  expect(lastWords(run(db.prove(cut)))).toBe(`${cut} is not whole: Compressed file ended before the end-of-stream marker was reached`);
  const flipped = planted(REAL);
  writeFileSync(flipped, Buffer.from(REAL).fill(1, 100, 101));
  expect(lastWords(run(db.prove(flipped)))).toBe(`the dump ${flipped} is damaged: its checksum differs`);
  expect(lastWords(run(db.prove('/nowhere/x.sql.gz')))).toMatch(/^what the dump \/nowhere\/x\.sql\.gz holds is not recorded beside it: /);
});

test('the client gets its credentials by a file without a name: no argument, no environment, no output holds them [A-42]', () => {
  const folder = temporary();
  plant(folder, { '.env': `DB_NAME=notes\nDB_USER=o'brien\nDB_HOST=db.test\nDB_PORT=3307\nDB_PASSWORD='cana"ry\\\\ \\'#1'\n` });
  const fakes = new Fakes(folder).add('mariadb', 'tr "\\0" "\\n" < /proc/$$/environ > $STATE/environ; for word in "$@"; do case $word in --defaults-file=*) cat "${word#*=}" > $STATE/options; stat -Lc "%a %h" "${word#*=}" > $STATE/mode ;; esac; done; echo "ERROR 1045 (28000): Access denied for user" >&2; exit 1');
  const command = mysqlDatabase(join(folder, '.env'), CONNECTION).ping();
  expect(run(command, { path: [fakes.bin], env: { MYSQL_PWD: 'other', HOME: '/root' } })).toEqual({ code: 1, stdout: '', stderr: 'ERROR 1045 (28000): Access denied for user\n' });
  expect(readFileSync(join(folder, 'options'), 'utf8')).toBe(`[client]\ndefault-character-set=utf8mb4\nhost="db.test"\nport="3307"\nuser="o'brien"\npassword="cana\\"ry\\\\ '#1"\n`);
  expect(readFileSync(join(folder, 'mode'), 'utf8')).toBe('600 0\n');
  expect(fakes.calls.join()).toMatch(/^mariadb --defaults-file=\/dev\/fd\/\d+ --batch --skip-column-names$/);
  expect(readFileSync(join(folder, 'environ'), 'utf8')).not.toMatch(/cana|MYSQL_PWD|other/);
  expect(command.script).not.toContain('cana');
});

test('a socket is taken for one, and an empty host and port for their defaults', () => {
  const folder = temporary();
  const fakes = new Fakes(folder).add('mariadb', 'for word in "$@"; do case $word in --defaults-file=*) cat "${word#*=}" > $STATE/options ;; esac; done');
  const options = (host: string): string => {
    plant(folder, { '.env': `N=notes\nU=u\nP=\nH=${host}\n` });
    const connection = { host: { env: 'H' }, port: { value: '' }, name: { env: 'N' }, user: { env: 'U' }, password: { env: 'P' } };
    run(mysqlDatabase(join(folder, '.env'), connection).ping(), { path: [fakes.bin] });
    return readFileSync(join(folder, 'options'), 'utf8').split('\n').slice(2, -3).join(' ');
  };
  expect([options('/run/my.sock'), options('')]).toEqual(['socket="/run/my.sock"', 'host="localhost" port="3306"']);
});

test('where the client programs are not installed, that is said', () => {
  const folder = temporary();
  plant(folder, { '.env': 'DB_NAME=n\nDB_USER=u\nDB_HOST=h\nDB_PORT=1\nDB_PASSWORD=p\n', ...Object.fromEntries(['sh', 'python3'].map((name) => [`bin/${name}`, { to: tool('sh', '-c', `command -v ${name}`).trim() }])) });
  expect(lastWords(run(mysqlDatabase(join(folder, '.env'), CONNECTION).ping(), { env: { PATH: join(folder, 'bin') } }))).toBe('mariadb or mysql is not installed here');
});
