import { existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { exec, must } from './exec';
import type { HostRecord } from './record';
import { until } from './wait';

export const rootOf = (record: HostRecord): string => join(record.directory, 'root');
export const upperOf = (record: HostRecord): string => join(record.directory, 'upper');

let chosen: Promise<string> | undefined;

/** The directory for disks and images of hosts: the first candidate that can carry an overlay (another overlay cannot). */
export function storage(): Promise<string> {
  chosen ??= choose();
  return chosen;
}

async function choose(): Promise<string> {
  const cache = process.env['STERNWAY_CACHE'] ?? join(__dirname, '..', '.cache');
  const set = process.env['STERNWAY_HOSTS_DIR'];
  const candidates = set ? [resolve(set)] : [resolve(cache, 'hosts'), '/var/tmp/sternway-hosts'];
  for (const path of candidates) {
    mkdirSync(path, { recursive: true });
    // One name for one place: whoever looks which layers are in use compares names.
    const candidate = realpathSync(path);
    const trial = await mkdtemp(join(candidate, 'trial-'));
    const mounted = await mountOverlay(trial, [makeDirectory(trial, 'lower')], 'sternway-trial');
    if (mounted.code === 0) await exec('umount', [join(trial, 'root')]);
    rmSync(trial, { recursive: true });
    if (mounted.code === 0) return candidate;
  }
  throw new Error(`Neither of ${candidates.join(', ')} can hold a test host's disk (an overlay): set STERNWAY_HOSTS_DIR to a directory on an ordinary local file system.`);
}

/** Mounts the host's disk: its own writable layer over the read-only ones. */
export async function raiseDisk(record: HostRecord): Promise<void> {
  const mounted = await mountOverlay(record.directory, record.layers, `sternway-${record.id}`);
  if (mounted.code !== 0) throw new Error(`The disk of test host ${record.name} cannot be mounted: ${mounted.stderr.trim()}`);
}

/** Unmounts it, once the last process that held it is gone. */
export async function unmountDisk(record: HostRecord): Promise<void> {
  await until(`Unmounting ${rootOf(record)}`, async () => {
    if (!existsSync(rootOf(record))) return true;
    if ((await exec('mountpoint', ['-q', rootOf(record)])).code !== 0) return true;
    return (await exec('umount', [rootOf(record)])).code === 0 || undefined;
  });
}

/** Deletes all files of the host. Unmount first. */
export async function deleteDisk(record: HostRecord): Promise<void> {
  await must(`The files of test host ${record.name} cannot be removed`, 'rm', ['-rf', '--one-file-system', record.directory]);
}

async function mountOverlay(directory: string, layers: string[], source: string) {
  const upper = makeDirectory(directory, 'upper');
  const work = makeDirectory(directory, 'work');
  const escaped = layers.map((layer) => layer.replaceAll(/[\\:,]/g, '\\$&')).join(':');
  return exec('mount', ['-t', 'overlay', source, '-o', `lowerdir=${escaped},upperdir=${upper},workdir=${work},redirect_dir=on`, makeDirectory(directory, 'root')]);
}

function makeDirectory(...path: string[]): string {
  const directory = join(...path);
  mkdirSync(directory, { recursive: true });
  return directory;
}
