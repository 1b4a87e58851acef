import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { deleteImage, hasImage, raiseHost, removeStaleHosts, saveImage, type RunResult, type TargetHost } from '../../testbed';
import { exec } from '../../testbed/exec';
import { allRecords, type HostRecord } from '../../testbed/record';

vi.setConfig({ testTimeout: 240_000 });

let one: TargetHost;
let two: TargetHost;

beforeAll(async () => {
  [one, two] = await Promise.all([raiseHost({ name: 'one' }), raiseHost({ name: 'two' })]);
}, 300_000);

afterAll(async () => {
  await Promise.all([one, two].map((host) => host.remove()));
});

/** What a deployment tool does: the ssh program, strict about the host key it was given. */
function ssh(host: TargetHost, hostKey: string, command: string): Promise<RunResult> {
  const directory = mkdtempSync(join(tmpdir(), 'known-'));
  const known = join(directory, 'known_hosts');
  writeFileSync(known, `${host.address} ${hostKey}\n`);
  const options = ['-F', 'none', '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', '-o', `UserKnownHostsFile=${known}`, '-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none'];
  return exec('ssh', [...options, '-i', host.privateKeyPath, '-p', String(host.port), `${host.user}@${host.address}`, command]).finally(() => {
    rmSync(directory, { recursive: true });
  });
}

const out = async (host: TargetHost, command: string): Promise<string> => (await host.run(command)).stdout.trim();
const bootId = (host: TargetHost): Promise<string> => out(host, 'cat /proc/sys/kernel/random/boot_id');
const recordOf = (host: TargetHost): HostRecord => {
  const record = allRecords().find(({ address }) => address === host.address);
  if (!record) throw new Error(`${host.name} has no record`);
  return record;
};

/** Everything on this machine that belongs to the host, by the id in its name. */
async function traces(id: string): Promise<string[]> {
  const found = (await exec('sh', ['-c', 'ip netns list; ip -o link; find /sys/fs/cgroup -type d -name "*$0*"', id])).stdout.split('\n');
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((pid) => {
    try {
      // A zombie has ended; its orphan's PID 1 reaps it when it pleases.
      if (/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) return '';
      return `process ${pid} ${readFileSync(`/proc/${pid}/cgroup`, 'utf8').replaceAll('\n', ' ')}`;
    } catch {
      return '';
    }
  });
  return [...found, ...mounts, ...processes].filter((line) => line.includes(id));
}

test('two hosts at once are separate in name, files, processes, network and keys', async () => {
  expect(await out(one, 'hostname')).toBe('one');
  expect(await out(two, 'hostname')).toBe('two');
  expect(one.address).not.toBe(two.address);
  expect(one.hostKey).not.toBe(two.hostKey);
  await one.put('/opt/only-here', 'one');
  expect((await two.run('test -e /opt/only-here')).code).toBe(1);
  await one.run('exec -a only-on-one sleep 1000 >/dev/null 2>&1 &');
  expect((await one.run('pgrep -f "^only-on-one"')).code).toBe(0);
  expect((await two.run('pgrep -f "^only-on-one"')).code).toBe(1);
  expect(await out(one, 'cat /etc/machine-id')).not.toBe(await out(two, 'cat /etc/machine-id'));
  expect((await one.run(`curl -s -m 5 http://${two.address}/`)).code).toBe(7);
});

test('a host is a Debian under systemd with what a deployment needs, and nothing on it has failed', async () => {
  expect(await out(one, 'systemctl is-system-running; systemctl is-active ssh nginx dbus systemd-logind')).toBe('running\nactive\nactive\nactive\nactive');
  const programs = 'python3 git sqlite3 curl sudo nginx openssl ip ps';
  expect((await out(one, `command -v ${programs} | wc -l`))).toBe(String(programs.split(' ').length));
  expect((await one.run('python3 -m venv /tmp/venv && /tmp/venv/bin/pip --version')).code).toBe(0);
  expect(await out(one, 'nginx -V 2>&1')).toContain('--with-http_ssl_module');
});

test('tasks get a cgroup v2 of their own, which can be delegated and killed as a whole', async () => {
  const scope = await one.run('systemd-run --quiet --scope -p Delegate=yes sh -c \'c=/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup); test -w $c/cgroup.kill && mkdir $c/task && ls -d $c/task\'');
  expect(scope).toMatchObject({ code: 0, stderr: '' });
  expect(scope.stdout).toMatch(/^\/sys\/fs\/cgroup\/system\.slice\/run-.*\.scope\/task$/m);
  const killed = await one.run('systemd-run --quiet --unit=victim sh -c "setsid sleep 1000 & sleep 1000"; echo 1 >/sys/fs/cgroup/system.slice/victim.service/cgroup.kill; systemctl show -p Result --value victim; pgrep -x sleep | wc -l');
  expect(killed.stderr).toBe('');
});

test('the deploy user gets in by key over ssh and has passwordless sudo, under the pinned host key only', async () => {
  expect(await ssh(one, one.hostKey, 'id -un; sudo -n id -un')).toMatchObject({ code: 0, stdout: 'deploy\nroot\n' });
  const stranger = await ssh(one, two.hostKey, 'true');
  expect(stranger.code).toBe(255);
  expect(stranger.stderr).toContain('Host key verification failed');
  const scan = await exec('ssh-keyscan', [one.address]);
  expect([...scan.stdout.matchAll(/^\S+ (ssh-\S+ \S+|ecdsa\S+ \S+)$/gm)].map((match) => match[1])).toEqual([one.hostKey]);
  expect((await ssh({ ...two, name: two.name, address: one.address, port: 22, user: 'deploy', privateKeyPath: two.privateKeyPath }, one.hostKey, 'true')).code).toBe(255);
});

test('run gives code, both outputs and input, as any user; a signal is no code', async () => {
  expect(await one.run('cat; echo bad >&2; exit 3', { input: 'good' })).toEqual({ code: 3, stdout: 'good', stderr: 'bad\n' });
  expect((await one.run('id -un; pwd; echo $HOME', { user: 'deploy' })).stdout).toBe('deploy\n/home/deploy\n/home/deploy\n');
  expect((await one.run('kill -9 $$')).code).toBe(null);
});

test('put and copyIn write inside the host, where an absolute link leads to the host’s own files', async () => {
  await one.run('mkdir -p /opt/real && ln -s /opt/real /opt/link');
  await one.put('/opt/link/deep/file', Buffer.from([0, 255, 10]), 0o600);
  expect(await out(one, 'stat -c "%a %U %s" /opt/real/deep/file')).toBe('600 root 3');
  expect(existsSync('/opt/real')).toBe(false);
  await one.copyIn(__dirname, '/opt/link/tests');
  expect(await out(one, 'wc -c </opt/real/tests/host.test.ts')).toBe(String(statSync(__filename).size));
});

test('a reboot comes back with another boot id, the same files and no old processes', async () => {
  const before = await bootId(one);
  await one.run('echo kept >/var/lib/kept; exec -a before-reboot sleep 1000 >/dev/null 2>&1 &');
  await one.reboot();
  expect(await bootId(one)).not.toBe(before);
  expect(await out(one, 'cat /var/lib/kept; pgrep -f "^before-reboot"')).toBe('kept');
  expect((await ssh(one, one.hostKey, 'true')).code).toBe(0);
});

test('power loss ends everything at once; the disk is there after the next start', async () => {
  const before = await bootId(one);
  await one.put('/var/lib/kept-too', 'kept');
  await one.kill();
  await expect(one.run('true')).rejects.toThrow('Test host one is not running: start it first.');
  expect((await ssh(one, one.hostKey, 'true')).code).toBe(255);
  await one.start();
  expect(await bootId(one)).not.toBe(before);
  expect(await out(one, 'cat /var/lib/kept-too')).toBe('kept');
});

test('a saved image starts later hosts with what was on the first, deletions included, but with their own identity', async () => {
  const image = `test-${process.pid}`;
  const first = await raiseHost({ name: 'first' });
  const { id } = recordOf(first);
  await first.run('echo installed >/opt/app; rm /etc/nginx/sites-enabled/default');
  await saveImage(first, image);
  expect(await traces(id)).toEqual([]);
  const [left, right] = await Promise.all([raiseHost({ image }), raiseHost({ image })]);
  try {
    expect(await hasImage(image)).toBe(true);
    expect(await out(left, 'cat /opt/app; ls /etc/nginx/sites-enabled')).toBe('installed');
    await left.run('echo changed >/opt/app');
    expect(await out(right, 'cat /opt/app')).toBe('installed');
    expect(new Set([first, left, right].map((host) => host.hostKey)).size).toBe(3);
    expect((await ssh(right, right.hostKey, 'true')).code).toBe(0);
  } finally {
    await Promise.all([left.remove(), right.remove()]);
    await deleteImage(image);
  }
  expect(await hasImage(image)).toBe(false);
});

test('removal leaves no process, cgroup, network, mount or file', async () => {
  const host = await raiseHost();
  const record = recordOf(host);
  // What is hardest to remove: a process in the host that ignores signals, and a visitor from outside.
  await host.run('trap "" TERM HUP INT; sleep 1000 >/dev/null 2>&1 &');
  const visit = host.run('sleep 1000');
  const kinds = (lines: string[]): string[] => ['netns', 'link', 'cgroup', 'overlay', 'process'].filter((kind) => lines.some((line) => traceKinds[kind]?.test(line)));
  const traceKinds: Record<string, RegExp> = { netns: /^sternway-/, link: /^\d+: sw-/, cgroup: /^\/sys\/fs\/cgroup/, overlay: /^sternway-\S+ \S+ overlay/, process: /^process/ };
  expect(kinds(await traces(record.id))).toEqual(['netns', 'link', 'cgroup', 'overlay', 'process']);
  await host.remove();
  expect(await traces(record.id)).toEqual([]);
  expect(existsSync(record.directory)).toBe(false);
  expect(allRecords().some(({ id }) => id === record.id)).toBe(false);
  expect((await visit).code).toBe(null);
});

test('what a killed process left running is removed by the next one, and only that', async () => {
  const raiser = spawn(process.execPath, [join(__dirname, '../../tools/host.mjs'), 'raise', 'orphan'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(raiser.stdout, 'data');
  const orphan = allRecords().find(({ owner }) => owner.pid === raiser.pid);
  if (!orphan) throw new Error('the orphan has no record');
  raiser.kill('SIGKILL');
  await once(raiser, 'exit');
  expect(await traces(orphan.id)).not.toEqual([]);
  await removeStaleHosts();
  expect(await traces(orphan.id)).toEqual([]);
  expect(existsSync(orphan.directory)).toBe(false);
  expect(await out(two, 'hostname')).toBe('two');
});
