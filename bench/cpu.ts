import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TargetHost } from '../testbed';
import { cgroupOf } from '../testbed/cgroup';
import { allRecords } from '../testbed/record';

const MS_PER_TICK = 1000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU time of a process so far, all its threads, in milliseconds; a tick is usually 10 ms. @throws Error when it is gone */
export function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

/** CPU time of this process so far, in milliseconds. */
export function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** CPU time of everything in a test host so far, in milliseconds. */
export function hostCpu(target: TargetHost): number {
  const record = allRecords().find(({ address }) => address === target.address);
  if (!record) throw new Error(`${target.name} is no test host of this machine`);
  const usage = /^usage_usec (\d+)$/m.exec(readFileSync(join(cgroupOf(record), 'cpu.stat'), 'utf8'))?.[1];
  return Number(usage ?? NaN) / 1000;
}
