import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TargetHost } from '../../testbed';
import { cpuOf } from '../cpu';
import { STEPS, type Way } from '../way';

/** A loop as people write it. It tells the time after each command, and at the end the CPU time of itself and of what it ran. */
const SCRIPT = `set -e
echo "$EPOCHREALTIME"
for ((n = 0; n < ${STEPS}; n++)); do ssh -q "$@" true; echo "$EPOCHREALTIME"; done
TIMEFORMAT=; times`;

/** One ssh a command over a kept connection (ControlMaster), from a bash script. */
export async function bashWay(target: TargetHost): Promise<Way> {
  const folder = mkdtempSync(join(tmpdir(), 'sternway-bench-ssh-'));
  const to = [
    '-F', 'none', '-i', target.privateKeyPath, '-o', 'BatchMode=yes', '-o', `UserKnownHostsFile=${join(dirname(target.privateKeyPath), 'known_hosts')}`,
    '-o', `ControlPath=${join(folder, 'master')}`, '-p', String(target.port), `${target.user}@${target.address}`,
  ];
  const master = spawn('ssh', ['-MN', ...to], { stdio: 'ignore' });
  if (master.pid === undefined) throw new Error('ssh cannot be started: install openssh-client.');
  const { pid } = master;
  const ended = once(master, 'exit');
  // The connection is there when the master answers; until then ssh would make one of its own.
  for (let tries = 0; !answers(to); tries++) {
    if (tries > 100) throw new Error(`ssh cannot reach ${target.address}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    name: 'bash',
    title: 'bash, ssh with ControlMaster',
    async round() {
      const before = cpuOf(pid);
      const begun = performance.now();
      const child = spawn('bash', ['-c', SCRIPT, 'bash', ...to], { stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const [code] = (await once(child, 'close')) as [number | null];
      const total = performance.now() - begun;
      const lines = said.trim().split('\n');
      const stamps = lines.slice(0, STEPS + 1).map((line) => Number(line) * 1000);
      if (code !== 0 || lines.length !== STEPS + 3) throw new Error(`the loop of ssh ended with ${String(code)} after ${lines.length - 1} commands`);
      return { total, steps: stamps.slice(1).map((at, n) => at - (stamps[n] ?? 0)), cpu: { controller: shellTimes(lines.slice(-2)) + cpuOf(pid) - before } };
    },
    async end() {
      master.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function answers(to: readonly string[]): boolean {
  try {
    execFileSync('ssh', ['-O', 'check', ...to], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** What `times` prints, in milliseconds: `0m0.012s 0m0.034s` for the shell, and in the second line for its children. */
function shellTimes(lines: readonly string[]): number {
  const found = [...lines.join(' ').matchAll(/(\d+)m([\d.]+)s/g)];
  return found.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000, 0);
}
