import { createHash } from 'node:crypto';
import type { RemoteCommand } from '../../../src/commands/remote-command';
import type { HelperChannel } from '../../../src/hosts/channel';
import type { TargetHost } from '../../../testbed';

/** A fault that comes while the host is without power strikes nobody. */
async function around(target: TargetHost, command: string): Promise<void> {
  await target.run(command).catch((error: unknown) => {
    if (!String(error).includes('not running')) throw error;
  });
}

/** SIGKILL to the supervisor or to the script of the run begun last, where one is under way. */
export async function kill(target: TargetHost, record: string, whom: 'supervisor' | 'script'): Promise<void> {
  const field = whom === 'script' ? 's/.*"pid": \\([0-9]*\\), "pidStart".*/\\1/p' : 's/.*"supervisor": {"pid": \\([0-9]*\\),.*/\\1/p';
  await around(target, `run=$(ls -td ${record}/*/ 2>/dev/null | head -n 1); [ -n "$run" ] && ! grep -qs '#end' "$run/exit.json" && kill -9 $(sed -n '${field}' "$run/started.json")`);
}

/** SIGKILL to the helper of some connection: its standard input is a channel, a supervisor's is not. */
export async function killHelper(target: TargetHost): Promise<void> {
  await around(target, `for p in $(pgrep -f ' serve$' | shuf); do case $(readlink /proc/$p/exe) in *python*) case $(readlink /proc/$p/fd/0) in pipe:*|socket:*) kill -9 $p; break;; esac;; esac; done`);
}

/** Half of a start request, then the line goes dead. */
export function cutRequest(channel: HelperChannel, task: object, command: RemoteCommand): void {
  const line = JSON.stringify({ ...task, id: 0, verb: 'start', ...command, sha256: createHash('sha256').update(command.script).digest('hex') });
  channel.sendRaw(line.slice(0, line.length - 40));
  channel.close();
}

/** The log, and what should not be there: processes of the trial, locks still held. */
export async function remains(target: TargetHost, root: string, log: string, trial: string): Promise<{ log: string; left: string[] }> {
  const look = `cat ${log}; echo ==; for f in $(grep -lsz '^TRIAL=${trial}$' /proc/[0-9]*/environ); do tr '\\0' ' ' < "\${f%environ}cmdline"; echo; done
for lock in ${root}/fence ${root}/d1/tasks/*/lock; do [ -e "$lock" ] && { flock -n -x "$lock" true || echo "locked: $lock"; }; done; true`;
  const [text = '', left = ''] = (await target.run(look)).stdout.split('==\n');
  return { log: text, left: left.split('\n').filter(Boolean) };
}
