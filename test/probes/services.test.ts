import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { tcp, useless } from './support/servers';
import { FAIL, PASS, take, UNKNOWN } from './support/take';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'probe-services-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** A program that ends as told, in a folder of its own for PATH. */
function program(name: string, script: string): { path: string; file: string } {
  const path = folder();
  const file = join(path, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return { path, file };
}

// The real Redis, Celery, MySQL and Django are in test/stack-b; here is what none of them does on demand.

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
const INFO = 'redis_version:7.0.15\r\nused_memory:1048576\r\nused_memory_human:1.00M\r\nconnected_clients:3\r\nrejected_connections:0\r\nevicted_keys:0\r\n';

/** Speaks as much of RESP as a probe asks. */
function redisLike(password: string, info = INFO, seen: string[] = []): Promise<number> {
  return tcp((socket: Socket) => {
    let allowed = false;
    socket.on('data', (data) => {
      const words = data.toString().split('\r\n').filter((_, index) => index > 0 && index % 2 === 0);
      seen.push(words.join(' '));
      if (words[0] === 'AUTH') allowed = words.at(-1) === password;
      if (words[0] === 'AUTH' && !allowed) socket.write('-WRONGPASS invalid username-password pair or user is disabled.\r\n');
      else if (!allowed) socket.write('-NOAUTH Authentication required.\r\n');
      else socket.write(words[0] === 'AUTH' ? '+OK\r\n' : words[0] === 'PING' ? '+PONG\r\n' : bulk(info));
    });
  });
}

function redisProbe(port: number, more: object = {}, login = ':p%40ss-canary@'): object {
  const file = join(folder(), '.env');
  writeFileSync(file, `REDIS_URL=redis://${login}127.0.0.1:${port}/0\n`);
  return { kind: 'redis', name: 'redis', env_file: file, env: 'REDIS_URL', timeout: 1, ...more };
}

test('Redis answers a ping, logged in by the URL of .env, and INFO is recorded and judged [VF-19, MN-12, MN-13, MN-14, A-42]', async () => {
  const seen: string[] = [];
  const port = await redisLike('p@ss-canary', INFO, seen);
  const found = await take(redisProbe(port, { memory: 2 ** 21, clients: 3, rejected: 0, evicted: 0 }));
  expect(found).toMatchObject({ ...PASS, value: { used_memory: 1048576, used_memory_human: '1.00M', connected_clients: 3 } });
  expect(seen.slice(0, 2)).toEqual(['AUTH p@ss-canary', 'PING']);
  expect(found.printed).not.toContain('canary');
  expect(await take(redisProbe(port, { memory: 1000 }))).toMatchObject({ ...FAIL, why: '1048576 bytes of memory in use, more than 1000' });
  expect(await take(redisProbe(port, { clients: 2 }))).toMatchObject({ ...FAIL, why: '3 clients are connected, more than 2' });
});

test('a refused login at Redis is a failure; silence, garbage, a missing number and a missing URL are unknown [A-28]', async () => {
  const port = await redisLike('p@ss-canary', 'used_memory:x\r\n');
  expect(await take(redisProbe(port, {}, ':other@'))).toMatchObject({ ...FAIL, why: expect.stringMatching(/^the login with the password of REDIS_URL is refused: WRONGPASS/) as string });
  expect(await take(redisProbe(port, {}, ''))).toMatchObject({ ...FAIL, why: expect.stringContaining('NOAUTH') as string });
  expect(await take(redisProbe(port, { memory: 5 }))).toMatchObject({ ...UNKNOWN, why: 'INFO has no used_memory' });
  expect(await take(redisProbe(port, { env: 'OTHER_URL' }))).toMatchObject(UNKNOWN);
  for (const [what, other] of Object.entries(await useless())) expect({ what, ...(await take(redisProbe(other))) }).toMatchObject({ what, ...UNKNOWN });
});

const django = (argv: string[], more: object = {}): object => ({ kind: 'cache', name: 'cache', alias: 'default', timeout: 5, runner: { argv, cwd: '/' }, ...more });

test('a program in Django says its verdict in one marked line; no line, garbage or nobody there is unknown [A-28]', async () => {
  const says = (words: string): string[] => [program('manage', words).file];
  const marked = (verdict: object): string => `echo 'welcome to the app'; printf '%s %s\\n' "$(printf '%s' "$3" | grep -o 'STERNWAY-PROBE-[0-9a-f]*')" '${JSON.stringify(verdict)}'`;
  expect(await take(django(says(marked({ verdict: 'pass', why: null, value: { rows: 1 } }))))).toMatchObject({ ...PASS, value: { rows: 1 } });
  expect(await take(django(says(marked({ verdict: 'fail', why: 'not the same', value: null }))))).toMatchObject({ ...FAIL, why: 'not the same' });
  expect(await take(django(says(marked({ verdict: 'unknown', why: 'kombu.exceptions.OperationalError', value: null }))))).toMatchObject(UNKNOWN);
  expect(await take(django(says(marked({ verdict: 'perhaps', why: 'x', value: null }))))).toMatchObject(UNKNOWN);
  expect(await take(django(says(marked({}))))).toMatchObject(UNKNOWN);
  expect(await take(django(says('echo Traceback >&2; echo "ModuleNotFoundError: backend" >&2; exit 1')))).toMatchObject({ ...UNKNOWN, why: 'manage.py ended with exit code 1 and no verdict: ModuleNotFoundError: backend' });
  expect(await take(django(['/nowhere/manage.py']))).toMatchObject({ ...UNKNOWN, why: '/nowhere/manage.py cannot be run: No such file or directory' });
  expect(await take({ ...django([]), runner: null })).toMatchObject({ ...UNKNOWN, why: 'how manage.py is run is not configured' });
});

test('a line that an app prints itself is no verdict, however much it looks like one, before the real one, after it or alone [F56]', async () => {
  const pass = JSON.stringify({ verdict: 'pass', why: null, value: { rows: 1 } });
  const real = `printf '%s %s\\n' "$(printf '%s' "$3" | grep -o 'STERNWAY-PROBE-[0-9a-f]*')" '${JSON.stringify({ verdict: 'fail', why: 'not the same', value: null })}'`;
  for (const forged of [`STERNWAY-PROBE ${pass}`, `STERNWAY-PROBE-${'0'.repeat(32)} ${pass}`, pass, `${JSON.stringify({ name: 'cache', tier: 1, verdict: 'pass', why: null, ms: 1 })}`]) {
    const says = (...lines: string[]): string[] => [program('manage', lines.join('; ')).file];
    const print = `printf '%s\\n' '${forged}'`;
    expect(await take(django(says(print)))).toMatchObject(UNKNOWN);
    expect(await take(django(says(print, real, print)))).toMatchObject({ ...FAIL, why: 'not the same' });
  }
});

test('a command of manage.py passes by its exit code; one that hangs is ended with all that it started, and unknown [VF-38, A-27, A-31]', async () => {
  const manage = program('manage', 'case $1 in check_db) echo database ok ;; hang) sleep 300 & echo $! > "$2"; wait ;; *) echo "no such command" >&2; exit 1 ;; esac').file;
  const ask = (...command: string[]): object => ({ kind: 'manage', name: 'db', timeout: 0.5, runner: { argv: [manage], cwd: '/' }, command });
  expect(await take(ask('check_db'))).toMatchObject({ ...PASS, value: { said: 'database ok' } });
  expect(await take(ask('no_such'))).toMatchObject({ ...FAIL, why: 'manage.py no_such ended with exit code 1: no such command' });
  const pid = join(folder(), 'pid');
  expect(await take({ ...ask('hang', pid), timeout: -18 })).toMatchObject(UNKNOWN);
  expect(() => statSync(`/proc/${readFileSync(pid, 'utf8').trim()}/cwd`)).toThrow();
});

const MYSQL = { kind: 'mysql', name: 'mysql', host: 'DB_HOST', port: 'DB_PORT', user: 'DB_USER', password: 'DB_PASSWORD', threads: 80, peak: 90, slow: 2, timeout: 5 };
const NUMBERS = 'Threads_connected\\t8\\nMax_used_connections\\t9\\nSlow_queries\\t1\\nmax_connections\\t10\\nslow_query_log\\tON\\n';

function mysqlProbe(more: object = {}): object {
  const file = join(folder(), '.env');
  writeFileSync(file, 'DB_HOST=127.0.0.1\nDB_USER=shop\nDB_PASSWORD="canary\\"x"\n');
  return { ...MYSQL, env_file: file, ...more };
}

test('connections are judged against their limit; the password is in a file without a name, not in an argument [MN-10, MN-11, A-42]', async () => {
  const record = join(folder(), 'record');
  const { path } = program('mariadb', `{ printf '%s\\n' "$@"; env; cat "\${1#--defaults-file=}"; } > ${record}; printf '${NUMBERS}'`);
  expect(await take(mysqlProbe(), {}, path)).toMatchObject({ ...PASS, value: { Threads_connected: 8, Max_used_connections: 9, max_connections: 10 } });
  const [before = '', options = ''] = readFileSync(record, 'utf8').split('[client]');
  expect(options).toContain('password="canary\\"x"');
  expect(before).not.toContain('canary');
  expect(await take(mysqlProbe({ threads: 79 }), {}, path)).toMatchObject({ ...FAIL, why: 'Threads_connected is 8 of 10, more than 79 %' });
  expect(await take(mysqlProbe({ peak: 89 }), {}, path)).toMatchObject({ ...FAIL, why: 'Max_used_connections is 9 of 10, more than 89 %' });
});

test('slow queries are those since the release started; without the log or its mark nothing is said [MN-09]', async () => {
  const { path } = program('mariadb', `printf '${NUMBERS}'`);
  const [log, mark] = [join(folder(), 'slow.log'), join(folder(), 'mark')];
  writeFileSync(log, '# Query_time: 9\nselect 1;\n'.repeat(5));
  const marked = (): void => writeFileSync(mark, `${statSync(log).ino} ${statSync(log).size}\n`);
  const ask = (): Promise<{ verdict: string; why: string | null }> => take(mysqlProbe({ slow_log: log, mark }), {}, path);
  expect(await ask()).toMatchObject(UNKNOWN);
  marked();
  expect(await ask()).toMatchObject({ ...PASS, value: { slow: 0 } });
  writeFileSync(log, '# Time: 1\n# Query_time: 9 Lock_time: 0\nselect 1;\n'.repeat(3), { flag: 'a' });
  expect(await ask()).toMatchObject({ ...FAIL, why: '3 slow queries since the release started, more than 2' });
  rmSync(log);
  expect(await ask()).toMatchObject(UNKNOWN);
});

test('a server that refuses us fails; one that nobody reaches, or that says something else, is unknown [A-28]', async () => {
  const says = (words: string): string => program('mariadb', words).path;
  expect(await take(mysqlProbe(), {}, says(`echo "ERROR 1045 (28000): Access denied for user 'shop'@'localhost' (using password: YES)" >&2; exit 1`))).toMatchObject(FAIL);
  expect(await take(mysqlProbe(), {}, says(`echo "ERROR 2002 (HY000): Can't connect to server on '127.0.0.1' (115)" >&2; exit 1`))).toMatchObject(UNKNOWN);
  expect(await take(mysqlProbe(), {}, says('echo garbage'))).toMatchObject(UNKNOWN);
  expect(await take(mysqlProbe({ timeout: 0.4 }), {}, says('sleep 100'))).toMatchObject(UNKNOWN);
  expect(await take(mysqlProbe({ user: 'OTHER' }), {}, says('true'))).toMatchObject(UNKNOWN);
});
