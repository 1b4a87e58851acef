import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Origin } from './bases';

/** What a host occupies on this machine: written before any of it exists, so that whoever comes later can remove it all. */
export interface HostRecord extends Origin {
  /** Eight hex digits; part of the name of everything below. */
  id: string;
  name: string;
  /** The process that raised it; with its start time, because pids repeat. */
  owner: { pid: number; started: string };
  /** Number of the address block. */
  slot: number;
  address: string;
  /** Its disk, keys and console, on a real file system. */
  directory: string;
}

// Under /run, because addresses, network namespaces and cgroups belong to the machine and end with its boot.
const runtime = '/run/sternway/test-hosts';
const pathOf = (id: string): string => join(runtime, 'hosts', `${id}.json`);

export const slotsDirectory = join(runtime, 'slots');

export function writeRecord(record: HostRecord): void {
  mkdirSync(join(runtime, 'hosts'), { recursive: true });
  const path = pathOf(record.id);
  writeFileSync(`${path}.new`, JSON.stringify(record, null, 2));
  renameSync(`${path}.new`, path);
}

export function deleteRecord(id: string): void {
  rmSync(pathOf(id), { force: true });
}

export function allRecords(): HostRecord[] {
  let names: string[];
  try {
    names = readdirSync(join(runtime, 'hosts')).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(join(runtime, 'hosts', name), 'utf8')) as HostRecord];
    } catch {
      return []; // removed since it was listed
    }
  });
}

/** Start time of a process in ticks since boot, undefined when there is none. */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

export function ownerIsAlive(record: HostRecord): boolean {
  return startTimeOf(record.owner.pid) === record.owner.started;
}
