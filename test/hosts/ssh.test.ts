import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Server, utils } from 'ssh2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConnectionLost, HostRefused } from '../../src/hosts/failures';
import { raiseHost, type TargetHost } from '../../testbed';
import { until } from '../../testbed/wait';
import { Proxy } from '../faults/proxy';
import { claimed, connect, inside, optionsFor, ownPlace, STATE, task } from './support';

let target: TargetHost;

beforeAll(async () => {
  target = await raiseHost({ name: 'reached' });
  // Each word of the protocol in the journal: who asked to be let in, and who only looked at the key.
  await target.put('/etc/ssh/sshd_config.d/zz-loud.conf', 'LogLevel DEBUG2\n');
  await inside(target, 'systemctl reload ssh');
  // Its listener executes itself anew, and is away for a moment.
  await until('sshd, with the new level', async () => {
    const host = connect(target);
    const there = await host.hello().catch(() => undefined);
    await host.disconnect();
    return there && Number(await asked()) > 0 ? true : undefined;
  });
}, 300_000);

afterAll(async () => {
  await target?.remove();
});

const failure = (promise: Promise<unknown>): Promise<Error> => promise.then(() => expect.unreachable(), (error: unknown) => error as Error);
/** Requests to be let in that sshd has heard, whatever became of them. */
const asked = (): Promise<string> => inside(target, 'journalctl -u ssh --no-pager -o cat | grep -c "userauth-request for user" || true');
const keysSeen = (): Promise<string> => inside(target, 'journalctl -u ssh --no-pager -o cat | grep -c "SSH2_MSG_NEWKEYS\\|host key algorithm" || true');

test('another host key than the pinned one is refused before authentication, with both keys and fingerprints shown [F27]', async () => {
  const known = connect(target);
  await known.hello();
  await known.disconnect();
  const [before, seen] = [await asked(), await keysSeen()];
  expect(Number(before), 'a login with the right key is heard').toBeGreaterThan(0);
  const pinned = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVubGlrZWx5IHVubGlrZWx5IHVubGlrZWx5IGtleSEh';
  const error = await failure(connect(target, { hostKey: pinned }).hello());
  expect(error).toBeInstanceOf(HostRefused);
  expect(error.message).toContain(target.hostKey);
  expect(error.message).toContain(pinned);
  const fingerprint = execFileSync('ssh-keygen', ['-lf', '-'], { input: target.hostKey }).toString().split(' ')[1];
  expect(fingerprint).toMatch(/^SHA256:/);
  expect(error.message).toContain(fingerprint);
  const pinnedFingerprint = execFileSync('ssh-keygen', ['-lf', '-'], { input: pinned }).toString().split(' ')[1];
  expect(error.message).toContain(pinnedFingerprint);
  expect(Number(await keysSeen()), 'sshd was there and showed its key').toBeGreaterThan(Number(seen));
  expect(await asked()).toBe(before);
});

test('a line that goes silent in the middle of a command, without an end, is noticed long before the command is over [F24]', async () => {
  const proxy = await Proxy.to({ host: target.address, port: target.port });
  const host = connect(target, { address: '127.0.0.1', port: proxy.port });
  const lost = failure(host.read('exec sleep 7201', 7300));
  await until('the command runs', async () => ((await target.run('pgrep -xf "sleep 7201"')).code === 0 ? true : undefined));
  proxy.blackHole();
  expect(await lost).toBeInstanceOf(ConnectionLost);
  // A line of its own is made anew.
  expect((await host.read('echo here')).stdout).toBe('here\n');
  await host.disconnect();
  await proxy.close();
});

test('a host whose key is not known, for the pinned one is of a kind that it does not have, is refused before authentication with the line to add [F27][F28]', async () => {
  const before = await asked();
  const error = await failure(connect(target, { hostKey: 'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA' }).hello());
  expect(error).toBeInstanceOf(HostRefused);
  expect(error.message).toMatch(new RegExp(`the line is: host_key: ${target.hostKey.split(' ').slice(0, 2).join(' ').replaceAll('+', '\\+')}$`));
  expect(await asked()).toBe(before);
});

test('a login that is not accepted, and a key that cannot be read, are refused with what to do', async () => {
  const login = await failure(connect(target, { user: 'nobody' }).hello());
  expect(login).toBeInstanceOf(HostRefused);
  expect(login.message).toContain('nobody@');
  const key = await failure(connect(target, { key: '/nowhere/key' }).hello());
  expect(key).toBeInstanceOf(HostRefused);
  expect(key.message).toContain('/nowhere/key');
});

test('nobody there, and somebody who says nothing, are a lost connection in bounded time', async () => {
  expect(await failure(connect(target, { port: 9 }).hello())).toBeInstanceOf(ConnectionLost);
  const silent = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  expect(await failure(connect(target, { address: '127.0.0.1', port: (silent.address() as AddressInfo).port }).hello())).toBeInstanceOf(ConnectionLost);
  silent.close();
});

test('a line that is reset before the server has said a word is a lost connection, and its second error ends nobody [F23]', async () => {
  const server = createServer((socket) => void socket.on('error', () => undefined).once('data', () => socket.resetAndDestroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  for (let round = 0; round < 5; round++) expect(await failure(connect(target, { address: '127.0.0.1', port }).hello())).toBeInstanceOf(ConnectionLost);
  server.close();
});

test('a line that breaks between handshake and login is a lost connection, not a wait for ever [F22][F24]', async () => {
  const pair = utils.generateKeyPairSync('ed25519');
  const server = new Server({ hostKeys: [pair.private] }, (client) => {
    client.on('error', () => undefined).on('authentication', () => client.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hostKey = pair.public.split(' ').slice(0, 2).join(' ');
  expect(await failure(connect(target, { address: '127.0.0.1', port: (server.address() as AddressInfo).port, hostKey }).hello())).toBeInstanceOf(ConnectionLost);
  server.close();
});

test('sudo that asks for a password fails at once and says so [F29]', async () => {
  await target.put('/etc/sudoers.d/zz-password', 'deploy ALL=(ALL) PASSWD: ALL\n', 0o440);
  const begun = Date.now();
  const error = await failure(connect(target).hello());
  await inside(target, 'rm /etc/sudoers.d/zz-password');
  expect(error).toBeInstanceOf(HostRefused);
  expect(error.message).toMatch(/sudo asks for a password/);
  expect(Date.now() - begun).toBeLessThan(15_000);
});

test('sudo with use_pty, and a login shell that talks, change nothing [F31]', async () => {
  await target.put('/etc/sudoers.d/zz-pty', 'Defaults use_pty\n', 0o440);
  await target.put('/home/deploy/.bashrc', `printf 'null\\n{"hello":5}x\\nlast words without an end '; echo to stderr >&2\n`);
  const host = connect(target);
  expect(await host.hello()).toMatchObject({ uid: 0, cgroup: true });
  expect((await host.read('echo fine')).stdout).toBe('fine\n');
  await host.disconnect();
  await inside(target, 'rm /etc/sudoers.d/zz-pty /home/deploy/.bashrc');
});

const SHELLS = [
  { shell: '/bin/tcsh', rc: '/home/deploy/.cshrc' },
  { shell: '/usr/bin/fish', rc: '/home/deploy/.config/fish/config.fish' },
];

test.each(SHELLS)('a login shell that is no Bourne shell ($shell), and talks, changes nothing: the helper is installed, started and asked through it [F31]', async ({ shell, rc }) => {
  await target.put(rc, 'echo words of a shell; echo -n without an end\n');
  await inside(target, `usermod --shell ${shell} deploy && rm -rf ${STATE}/bin`);
  const host = connect(target);
  expect(await host.hello()).toMatchObject({ uid: 0, cgroup: true });
  expect((await host.read("echo $((1 + 1)) 'a b' \"$HOME\"; exit 3")).code).toBe(3);
  const { root } = ownPlace();
  const token = await claimed(host, root);
  expect(await host.start(root, task(token, '01-a', 'for n in 1 2; do printf "%s\\n" "$n"; done'))).toMatchObject({ state: 'ended', code: 0, tail: '1\n2\n' });
  await host.disconnect();
  await inside(target, `usermod --shell /bin/bash deploy && rm ${rc}`);
});

test('a login shell that writes answers of its own, and leaves a program that goes on writing them, forges no greeting and no result [F31][F56]', async () => {
  const forged = ['{"hello":{"boot":"x","uid":0,"cgroup":true,"python":"9.9"}}', ...[1, 2, 3].map((id) => `{"id":${id},"ok":{"code":0,"stdout":"forged","stderr":"","cut":false,"state":"ended"}}`), `${'0'.repeat(32)} {"id":1,"ok":{"code":0,"stdout":"forged"}}`];
  const print = forged.map((line) => `printf '%s\\n' '${line}'`).join('; ');
  await target.put('/home/deploy/.bashrc', `${print}\n( while ${print}; do sleep 0.01; done ) &\n`);
  const host = connect(target);
  expect((await host.hello()).python).toMatch(/^3\./);
  for (const code of [3, 4, 5]) expect(await host.read(`echo real; exit ${code}`)).toMatchObject({ code, stdout: 'real\n' });
  await host.disconnect();
  await inside(target, 'rm /home/deploy/.bashrc; pkill -u deploy -f "while printf" || true');
});

test('a login that writes without an end is given up in bounded memory and time [F31]', async () => {
  await target.put('/home/deploy/.bashrc', 'exec tr "\\0" x < /dev/zero\n');
  const error = await failure(connect(target).hello());
  await inside(target, 'rm /home/deploy/.bashrc; pkill -u deploy -x tr || true');
  expect(error).toBeInstanceOf(ConnectionLost);
  expect(error.message).toContain('a line without an end comes from the login');
});

test('a host is reached through a bastion, with both host keys pinned', async () => {
  // Test hosts have no route to each other, so the way from the bastion leads back to its own sshd: two logins, one through the other.
  const through = { address: '127.0.0.1', bastion: optionsFor(target) };
  const host = connect(target, through);
  await host.hello();
  expect(await inside(target, 'ss -Htn state established "( sport = :22 and dst 127.0.0.1 )" | wc -l')).toBe('1');
  await host.disconnect();
  await until('the end of both connections', async () => ((await inside(target, 'ss -Htn state established "( sport = :22 )" | wc -l')) === '0' ? true : undefined));
  const pinned = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVubGlrZWx5IHVubGlrZWx5IHVubGlrZWx5IGtleSEh';
  const atHost = await failure(connect(target, { ...through, hostKey: pinned }).hello());
  expect(atHost.message).toContain('reached: the host key is not the pinned one');
  const atBastion = await failure(connect(target, { ...through, bastion: optionsFor(target, { hostKey: pinned, name: 'bastion' }) }).hello());
  expect(atBastion).toBeInstanceOf(HostRefused);
  expect(atBastion.message).toContain('bastion: the host key is not the pinned one');
  const nowhere = await failure(connect(target, { ...through, port: 9 }).hello());
  expect(nowhere.message).toContain('its bastion cannot reach 127.0.0.1:9');
});

test('the helper is installed once, under its checksum, by root, with nothing half done beside it', async () => {
  const hosts = [connect(target, { state: '/var/lib/fresh' }), connect(target, { state: '/var/lib/fresh' })];
  await Promise.all(hosts.map((host) => host.hello()));
  expect(await inside(target, 'ls /var/lib/fresh/bin')).toBe(hosts[0]?.helperHome.split('/').at(-1));
  expect(await inside(target, `stat -c '%U %a' ${hosts[0]?.helperHome ?? ''}`)).toBe('root 755');
  await Promise.all(hosts.map((host) => host.disconnect()));
});

test('without sudo tasks run as the login user, in its own state folder', async () => {
  const host = connect(target, { sudo: false, state: '/home/deploy/.sternway' });
  const root = '/home/deploy/.sternway/shop';
  expect((await host.hello()).uid).not.toBe(0);
  const token = await claimed(host, root);
  expect(await host.start(root, task(token, '01-a', 'id -un'))).toMatchObject({ state: 'ended', code: 0, tail: 'deploy\n' });
  expect((await host.start(root, task(token, '01-b', { script: 'id -un', user: 'www-data' }))).tail).toContain('could not be started');
  await host.disconnect();
});

test('a helper outlives nothing: when its connection ends it goes, unless a task is under way', async () => {
  const serving = 'pgrep -fc "[ ]serve$" || true';
  await until('all helpers gone', async () => ((await inside(target, serving)) === '0' ? true : undefined));
  const host = connect(target);
  const { root } = ownPlace();
  const token = await claimed(host, root);
  const running = host.start(root, task(token, '01-a', `while [ ! -e ${root}/go ]; do sleep 0.02; done`)).catch(() => undefined);
  await until('the start', async () => ((await host.states(root, 'd1'))['01-a']?.state === 'running' ? true : undefined));
  (await host.channel()).destroy();
  await running;
  await until('the helper gone, its supervisor not', async () => ((await inside(target, serving)) === '1' ? true : undefined));
  await inside(target, `touch ${root}/go`);
  await until('the supervisor gone', async () => ((await inside(target, serving)) === '0' ? true : undefined));
  expect(await inside(target, `ls ${STATE}/bin | wc -l`)).toBe('1');
});

test('a reading that is let go, or whose connection ends, first takes away what it has opened; one let go before it began never begins', async () => {
  const host = connect(target);
  const opened = `/tmp/open-${Math.random().toString(36).slice(2)}`;
  const script = `trap 'rm ${opened}' EXIT; trap 'exit 1' TERM; touch ${opened}; sleep 4322`;
  const present = async (): Promise<boolean> => (await target.run(`test -e ${opened}`)).code === 0;
  const going = new AbortController();
  const reading = host.read(script, 5000, {}, going.signal);
  await until('the reading', async () => (await present()) || undefined);
  going.abort();
  expect(await reading).toMatchObject({ code: null });
  expect(await present()).toBe(false);
  expect(await inside(target, 'pgrep -fc "^sleep 432[2]" || true')).toBe('0');

  const deaf = new AbortController();
  const stubborn = host.read(`trap '' TERM; touch ${opened}; while :; do sleep 0.02; done`, 5000, {}, deaf.signal);
  await until('the reading', async () => (await present()) || undefined);
  deaf.abort();
  expect(await stubborn).toMatchObject({ code: null });
  await inside(target, `rm ${opened}`);

  await expect(host.read(`touch ${opened}`, 30, {}, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  // The word may overtake the request on the host: each is answered by a thread of its own.
  const channel = await host.channel();
  await channel.request('unread', { of: 1_000_000 });
  channel.sendRaw(`${JSON.stringify({ id: 1_000_000, verb: 'read', script: `touch ${opened}` })}\n`);
  await host.read('true');
  expect(await present()).toBe(false);

  void host.read(script, 5000).catch(() => undefined);
  await until('the reading', async () => (await present()) || undefined);
  channel.destroy();
  await until('its end', async () => !(await present()) || undefined);
});

test('what the shell of a reading has begun may take away what it has made, though the shell is gone; then it is ended', async () => {
  const host = connect(target);
  const made = `/tmp/made-${Math.random().toString(36).slice(2)}`;
  const program = `import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
open("${made}", "w").close()
try:
    time.sleep(4323)
finally:
    time.sleep(1)
    os.unlink("${made}")
`;
  const going = new AbortController();
  const reading = host.read(`python3 -I - <<'PY'\n${program}PY`, 5000, {}, going.signal);
  await until('the reading', async () => ((await target.run(`test -e ${made}`)).code === 0) || undefined);
  going.abort();
  expect(await reading).toMatchObject({ code: null });
  expect((await target.run(`test -e ${made}`)).code).toBe(1);
});

test('a reading outside the ledger is bounded in time and output, and dies with the connection', async () => {
  const host = connect(target);
  expect(await host.read('exit 7')).toMatchObject({ code: 7 });
  expect(await host.read('echo begun; setsid sleep 1000', 0.5)).toMatchObject({ code: null, stdout: 'begun\n' });
  const loud = await host.read('head -c 50000000 /dev/zero | tr "\\0" x; exit 3');
  expect(loud).toMatchObject({ code: 3, cut: true });
  expect(loud.stdout).toHaveLength(1_000_000);
  void host.read('sleep 4321', 5000).catch(() => undefined);
  await until('the reading', async () => ((await inside(target, 'pgrep -fc "^sleep 432[1]" || true')) === '1' ? true : undefined));
  (await host.channel()).destroy();
  await until('its end', async () => ((await inside(target, 'pgrep -fc "^sleep 432[1]" || true')) === '0' ? true : undefined));
});
