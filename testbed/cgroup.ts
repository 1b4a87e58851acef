import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostRecord } from './record';
import { until } from './wait';

const mount = '/sys/fs/cgroup';

/** Where cgroup v2 is mounted, and, on a hybrid machine, systemd's v1 hierarchy, in which nspawn wants a place as well. */
function hierarchies(): { unified: string; all: string[] } {
  if (existsSync(join(mount, 'cgroup.controllers'))) return { unified: mount, all: [mount] };
  const unified = join(mount, 'unified');
  const named = join(mount, 'systemd');
  if (existsSync(join(unified, 'cgroup.procs'))) return { unified, all: existsSync(named) ? [unified, named] : [unified] };
  throw new Error(`Test hosts need cgroup v2, which is not mounted on this machine: mount -t cgroup2 none ${unified}`);
}

const own = (hierarchy: string, record: HostRecord): string => join(hierarchy, 'sternway', record.id);

/** The host's cgroup in the v2 hierarchy: every process of the host is below it. */
export const cgroupOf = (record: HostRecord): string => own(hierarchies().unified, record);

/** Its directories in all hierarchies. */
export const cgroupsOf = (record: HostRecord): string[] => hierarchies().all.map((hierarchy) => own(hierarchy, record));

/** Makes them: `loop` for the process that boots it again and again, `visit` for commands run by tests. */
export function raiseCgroups(record: HostRecord): void {
  for (const directory of cgroupsOf(record)) {
    for (const leaf of ['loop', 'visit']) mkdirSync(join(directory, leaf), { recursive: true });
  }
}

/**
 * SIGKILL to everything in the host at once, whatever it thinks of it. Resolves when nothing is left. nspawn itself is
 * left to end by its own, as it does when its payload is gone: killed with it, it would leave a zombie to PID 1.
 */
export async function killCgroup(record: HostRecord): Promise<void> {
  const directory = cgroupOf(record);
  const empty = (): true | undefined => isEmpty(directory) || undefined;
  if (empty()) return;
  for (const part of ['payload', 'visit']) kill(join(directory, part));
  try {
    await until('its end', empty, { seconds: 3, everyMs: 2 });
  } catch {
    killNow(record);
    await until(`The end of all processes of test host ${record.name}`, empty, { everyMs: 2 });
  }
}

/** SIGKILL to everything, nspawn included, without waiting. */
export function killNow(record: HostRecord): void {
  kill(cgroupOf(record));
}

function kill(directory: string): void {
  try {
    writeFileSync(join(directory, 'cgroup.kill'), '1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

export async function removeCgroups(record: HostRecord): Promise<void> {
  for (const directory of cgroupsOf(record)) {
    // A cgroup stays busy for a moment after its last process.
    await until(`Removing ${directory}`, () => removeTree(directory) || undefined);
  }
}

/** The host's PID 1, seen from here; undefined while it has none. */
export function leaderOf(record: HostRecord): number | undefined {
  const payload = join(cgroupOf(record), 'payload');
  // systemd starts in the payload's root and moves itself to init.scope.
  for (const directory of [join(payload, 'init.scope'), payload]) {
    for (const pid of processesIn(directory)) if (isInit(pid)) return pid;
  }
  return undefined;
}

function isInit(pid: number): boolean {
  try {
    return /^NSpid:.*\t1$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function processesIn(directory: string): number[] {
  try {
    return readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function isEmpty(directory: string): boolean {
  try {
    return readFileSync(join(directory, 'cgroup.events'), 'utf8').includes('populated 0');
  } catch {
    return true;
  }
}

function removeTree(directory: string): boolean {
  if (!existsSync(directory)) return true;
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory() && !removeTree(join(directory, entry.name))) return false;
    }
    rmdirSync(directory);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return true;
    if (code === 'EBUSY' || code === 'ENOTEMPTY') return false;
    throw error;
  }
}
