import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupsOf } from './cgroup';
import { dockerArguments, dockerEnvironment } from './docker';
import { rootOf } from './disk';
import { namespaceOf } from './network';
import type { HostRecord } from './record';

// $1: the cgroup directories, one a line; the rest: the command. nspawn ends with 133 when the host rebooted. Each run of
// it starts in the host's cgroup and makes `supervisor` and `payload` below it; this loop waits in a leaf beside them.
const loop = `
cgroups=$1; shift
for c in $cgroups; do echo $$ >"$c/loop/cgroup.procs" || exit; done
while :; do
  (for c in $cgroups; do sh -c 'echo $PPID' >"$c/cgroup.procs" || exit; done; exec "$@")
  [ $? -eq 133 ] || exit
done`;

const consoleOf = (record: HostRecord): string => join(record.directory, 'console.log');

/** Boots the host. Returns at once; the promise `ended` resolves when it is off (not at a reboot). */
export function boot(record: HostRecord): { ended: Promise<void> } {
  const log = openSync(consoleOf(record), 'a');
  const child = spawn('/bin/sh', ['-c', loop, 'sternway-test-host', cgroupsOf(record).join('\n'), 'systemd-nspawn', ...nspawnArguments(record)], {
    stdio: ['ignore', log, log],
    cwd: '/',
    // A session of its own: Ctrl-C in the terminal is for whoever raised the host, not for the host.
    detached: true,
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1', ...(record.docker && dockerEnvironment) },
  });
  closeSync(log);
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => {
      resolve();
    });
  });
  ended.catch(() => undefined);
  // A program that raised a host and forgot it may still end.
  child.unref();
  return { ended };
}

/** What the host said on its console last, for an error message. */
export function lastWords(record: HostRecord): string {
  try {
    return readFileSync(consoleOf(record), 'utf8').trim().split('\n').slice(-5).join(' | ') || 'its console is empty';
  } catch {
    return 'it has no console';
  }
}

function nspawnArguments(record: HostRecord): string[] {
  return [
    '--quiet',
    '--boot',
    `--directory=${rootOf(record)}`,
    `--machine=sternway-${record.id}`,
    `--hostname=${record.name}`,
    `--network-namespace-path=/run/netns/${namespaceOf(record)}`,
    // Neither machined nor this machine's systemd need to run.
    '--register=no',
    '--keep-unit',
    '--link-journal=no',
    '--resolv-conf=off',
    '--timezone=off',
    '--console=pipe',
    ...(record.docker ? dockerArguments(record) : []),
  ];
}
