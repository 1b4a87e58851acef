import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Case } from './cases';
import { CANARY, DEPLOYMENT, type Entries, type Inspection, type Lane } from './lane';
import type { Ran } from './run-case';

const run = promisify(execFile);

/** Seconds within which a lost worker's work is taken up (issue 5, item 7). */
export const RECOVERY_LIMIT = 15;
/** Resident memory of a worker that nobody needs for a till, in MB. */
const MEMORY = 600;

/** An image that a deployment has built has another id each time; which release it holds, the pages tell. */
const BUILT = /^containers: \S+ \d+ image (of that name )?is sha256:/;

/** The host before any deployment, and after one that nothing disturbed. */
export interface References {
  readonly before: Inspection;
  readonly deployed: Inspection;
}

/** What does not hold after a case, a sentence each with its invariant's name; empty: all of I1 to I7 do. */
export async function violations(lane: Lane, one: Case, ran: Ran, found: Inspection, { before, deployed }: References): Promise<string[]> {
  const is = ran.outcome === 'deployed' ? deployed : before;
  // Another deployment asks its release to migrate, too, and has a report of its own.
  const upgrades = ran.another ? 2 : 1;
  return [
    ...(ran.fired.length < one.strikes.length ? [`the case proves nothing: only ${ran.fired.length} of ${one.strikes.length} faults struck`] : []),
    ...(ran.hung !== undefined ? [`I7: ${ran.hung}`] : []),
    ...(ran.hung === undefined && !one.allowed.includes(ran.outcome) ? [`I4: ${ran.outcome} is not ${one.allowed.join(' or ')}: ${ran.sentence}`] : []),
    // Equal to what one whole release looks like: I1 and I4 at once. With one host I2 is the same.
    ...differences(is.digest, found.digest).filter((line) => !(ran.outcome === 'deployed' && BUILT.test(line))).slice(0, 6).map((line) => `I1/I4: ${ran.outcome}, but ${line}`),
    ...(ran.outcome === 'deployed' && found.head?.deployment !== DEPLOYMENT ? [`I4: deployed, but the head is ${found.head?.deployment ?? 'nobody'}`] : []),
    ...(ran.outcome !== 'deployed' && found.head?.deployment !== undefined ? [`I4: ${ran.outcome}, but the head is ${found.head.deployment}`] : []),
    // With Sternway gone for good nobody writes one.
    ...(one.strikes[0]?.kind === 'break-glass' || ran.another ? [] : reported(lane, ran.outcome)),
    ...repeated(lane).map((what) => `I3: ${what}`),
    ...(found.upgrades.length > upgrades ? [`I3: the migration ran ${found.upgrades.length} times`] : []),
    ...(lane.strategy === 'systemd' && ran.outcome === 'deployed' && found.upgrades.length !== upgrades ? [`I3: deployed, and the migration ran ${found.upgrades.length} times`] : []),
    ...found.secrets.map((place) => `I5: the secret is in ${place}`),
    ...(await leaked(lane)).map((place) => `I5: the secret left the host: ${place}`),
    ...found.processes.map((line) => `I6: still runs: ${line}`),
    ...found.cgroups.map((path) => `I6: cgroup left: ${path}`),
    ...found.temporary.map((path) => `I6: file left: ${path}`),
    ...found.locked.map((path) => `I6: lock held: ${path}`),
    ...(found.claim?.open ? ['I6: the claim is open'] : []),
    ...(found.serving.length > lane.ssh.connections ? [`I6: ${found.serving.length} helpers for ${lane.ssh.connections} connections`] : []),
    ...ran.recovery.filter(({ kind, seconds }) => kind === 'worker-kill' && seconds > RECOVERY_LIMIT).map(({ seconds }) => `I7: nobody went on for ${seconds.toFixed(1)} s after a worker was killed`),
    ...lane.workers.pids.flatMap((pid) => (memoryOf(pid) > MEMORY ? [`I7: worker ${pid} has taken ${memoryOf(pid)} MB`] : [])),
  ];
}

/** Lines that say how a digest differs from another. */
export function differences(was: Entries, is: Entries): string[] {
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((section) => {
    const [old, now] = [was[section] ?? {}, is[section] ?? {}];
    return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((key) => (old[key] === now[key] ? [] : [`${section}: ${key} is ${now[key] ?? 'gone'}, not ${old[key] ?? 'missing'}`]));
  });
}

/** Runs of one record that began more than once, by the host's own count of programs that it let go. */
function repeated(lane: Lane): string[] {
  const counts = new Map<string, number>();
  for (const { point } of lane.points.host.passed()) if (point.startsWith('begun ')) counts.set(point, (counts.get(point) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > 1).map(([point, count]) => `${point.slice(point.lastIndexOf('~tasks~') + 7)} began ${count} times`);
}

/** The report that people find is there, and says how it ended. */
function reported(lane: Lane, outcome: string): string[] {
  if (outcome !== 'deployed' && outcome !== 'rolled-back') return [];
  const files = existsSync(lane.reports) ? readdirSync(lane.reports).filter((name) => name.endsWith('.md')) : [];
  const [text = 'missing'] = files.map((name) => readFileSync(join(lane.reports, name), 'utf8'));
  return new RegExp(`\\*\\*${outcome.replace('-', ' ')}\\*\\*`, 'i').test(text) ? [] : [`I4: ${outcome}, but the report that was kept is ${text.slice(0, 200)}`];
}

/** Files of the lane's folder (logs of workers and server, the server's database) that hold the secret in some form. */
async function leaked(lane: Lane): Promise<string[]> {
  const forms = [CANARY, Buffer.from(CANARY).toString('base64'), encodeURIComponent(CANARY)].flatMap((form) => ['-e', form]);
  const files = readdirSync(lane.folder).filter((name) => name.startsWith('temporal') || name.endsWith('.log') || name === 'reports').map((name) => join(lane.folder, name));
  return await run('grep', ['-rlaF', ...forms, ...files]).then(({ stdout }) => stdout.split('\n').filter(Boolean), () => []);
}

function memoryOf(pid: number): number {
  try {
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
  } catch {
    return 0; // it is being replaced
  }
}
