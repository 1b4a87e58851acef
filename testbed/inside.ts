import { cgroupsOf } from './cgroup';
import { exec, quote } from './exec';
import type { HostRecord } from './record';
import type { RunResult } from './target-host';

// Joins the host's cgroup, then its namespaces: a command left behind dies with the host.
const enter = `
for c in $1; do echo $$ >"$c/visit/cgroup.procs" || exit; done
leader=$2; shift 2
exec nsenter -t "$leader" -m -u -i -n -p -C -r -- /usr/bin/env -i -C / PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "$@"`;

/** Runs a command with bash inside the host whose PID 1 is `leader`. */
export function runInside(record: HostRecord, leader: number, command: string, options: { user?: string; input?: string | Buffer } = {}): Promise<RunResult> {
  return exec('/bin/sh', ['-c', enter, 'sternway-visit', cgroupsOf(record).join('\n'), String(leader), ...programFor(command, options.user ?? 'root')], options.input, { cwd: '/' });
}

/** The same as an argument list for a terminal: `[program, ...arguments]`. */
export function shellInside(record: HostRecord, leader: number): string[] {
  return ['/bin/sh', '-c', enter, 'sternway-visit', cgroupsOf(record).join('\n'), String(leader), 'HOME=/root', `TERM=${process.env['TERM'] ?? 'dumb'}`, 'bash', '-lc', 'cd; exec bash'];
}

function programFor(command: string, user: string): string[] {
  if (user === 'root') return ['HOME=/root', 'USER=root', 'bash', '-c', `cd; ${command}`];
  const change = `HOME=$(getent passwd ${quote(user)} | cut -d: -f6); export HOME USER=${quote(user)}; cd "$HOME" 2>/dev/null || cd /; exec runuser -u ${quote(user)} -- bash -c ${quote(command)}`;
  return ['bash', '-c', change];
}
