import type { WorkflowHandle } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { rollbackSignal } from '../../src/workflows/messages';
import type { Strike } from './cases';
import type { Database } from './database';
import { DEPLOYMENT, LOCK, type Lane } from './lane';
import type { Points } from './points';
import { until } from './until';

/** Seconds for a point to be reached, a slow fault before it included. */
const REACH = 90;
const RECOVER = 100;
/** Milliseconds that the long faults last: more than twice a heartbeat's timeout. */
const LONG = 12_000;
/** The last point of a run before it gives the hosts back. */
const CLOSING = 'before closeClaims';

export interface Struck {
  /** Seconds until a worker passed the next point; absent where the fault stops nobody. */
  readonly recovery?: Promise<number>;
  /** What is still held and let go when the run is over. */
  readonly afterwards?: () => Promise<void>;
}

const howOf = ({ place, kind }: Strike): 'hold' | 'kill' => (kind === (place.via === undefined ? 'supervisor-kill' : 'helper-kill') ? 'kill' : 'hold');

/** Arms a place, or what comes right before it; once for each strike, while nobody can have passed it. */
export function arm(lane: Lane, { place: { side, point, via }, ...rest }: Strike): void {
  if (via === undefined) lane.points[side].arm(point, howOf({ place: { side, point }, ...rest }));
  else lane.points.worker.arm(via, 'hold');
}

/** Waits until somebody comes to an armed place; his file's name among the reached. Undefined: the run ended without it. */
export async function arrival(lane: Lane, one: Strike, over: () => boolean): Promise<string | undefined> {
  const { side, point, via } = one.place;
  if (via !== undefined) {
    const held = await lane.points.worker.reached(via, over, REACH);
    if (held === undefined) return undefined;
    lane.points[side].arm(point, howOf(one));
    lane.points.worker.release(held);
  }
  return await lane.points[side].reached(point, over, REACH);
}

/** Waits until the point of an armed strike is reached, arms the next, and does what the first says there; undefined: the run ended without reaching it. */
export async function strike(lane: Lane, handle: WorkflowHandle, [one, next]: readonly [Strike, Strike | undefined], over: () => boolean): Promise<Struck | undefined> {
  const { place, kind } = one;
  const points = lane.points[place.side];
  const name = await arrival(lane, one, over);
  if (name === undefined) return undefined;
  // While nobody moves: once let go, the run may pass the next place before we look.
  if (next) arm(lane, next);
  const at = Date.now() / 1000;
  if (kind === 'worker-stop') return await freeze(lane, one, points, name);
  const dead = await inject(lane, handle, one, name);
  const again = kind === 'server-kill' ? lane.restartServer() : kind === 'server-away' ? sleep(LONG).then(() => lane.restartServer()) : Promise.resolve();
  const afterwards = await letGo(lane, one, points, name, over);
  await again;
  if (kind === 'cancel' || kind === 'signal' || kind === 'delay') return { ...(afterwards ? { afterwards } : {}) };
  return { recovery: progress(lane, at, dead, over), ...(afterwards ? { afterwards } : {}) };
}

/** Stops a worker until the run is over, and lets it go on then: what it still sends must change nothing. */
async function freeze(lane: Lane, { place }: Strike, points: Points, name: string): Promise<Struck> {
  const [at, pid] = [Date.now() / 1000, place.side === 'worker' ? Number(name.slice(name.lastIndexOf('.') + 1)) : undefined];
  const held = pid ?? (await until('a worker has asked for the step', () => lane.points.worker.passed().findLast(({ point }) => point.startsWith('before forward '))?.pid, 30));
  await lane.workers.complete();
  const { goOn, end } = lane.workers.freeze(held);
  points.release(name);
  const afterwards = async (): Promise<void> => {
    const passed = (): number => lane.points.worker.passed().length + lane.points.host.passed().length;
    const seen = passed();
    goOn();
    await until('the worker goes on', () => passed() > seen || undefined, 30);
    await end();
  };
  return { recovery: progress(lane, at, held, () => false), afterwards };
}

/** Does the harm; the pid of a worker that it killed. */
async function inject(lane: Lane, handle: WorkflowHandle, { kind, place, amount = 0 }: Strike, name: string): Promise<number | undefined> {
  switch (kind) {
    case 'worker-kill': {
      const pid = place.side === 'worker' ? Number(name.slice(name.lastIndexOf('.') + 1)) : await holder(lane, handle);
      await lane.workers.complete();
      lane.workers.kill(pid);
      return pid;
    }
    case 'server-kill':
    case 'server-away': return void (await lane.killServer());
    case 'reset': return lane.ssh.reset() ?? undefined;
    case 'black-hole': return lane.ssh.blackHole() ?? undefined;
    case 'truncate': return lane.ssh.truncate(amount) ?? undefined;
    case 'delay': return void (lane.ssh.delay = amount);
    case 'stall': return void sleep(amount).then(lane.ssh.stall());
    case 'temporal-reset': return lane.temporal.reset() ?? undefined;
    case 'temporal-cut': return void sleep(LONG).then(lane.temporal.stall());
    case 'database-full': return void sleep(LONG).then(databaseOf(lane).fill());
    case 'temporal-stall': return void sleep(amount).then(lane.temporal.stall());
    case 'cancel': return void (await handle.cancel());
    case 'signal': return void (await handle.signal(rollbackSignal, { by: 'faults', reason: 'the case says so' }));
    case 'worker-stop': throw new RangeError('freeze() does it');
    // The point itself has killed.
    case 'helper-kill':
    case 'supervisor-kill': return undefined;
    case 'break-glass': throw new RangeError('glass.ts runs cases of it');
    case 'terminate': throw new RangeError('terminate.ts runs cases of it');
  }
}

function databaseOf({ database }: Lane): Database {
  if (!database) throw new Error('the server\'s database has no disk of its own in this lane');
  return database;
}

/** The worker that runs the activity under way, as the server knows it. */
async function holder(lane: Lane, handle: WorkflowHandle): Promise<number> {
  return await until('a living worker holds the activity', async () => {
    const { raw } = await handle.describe();
    return raw.pendingActivities?.map((pending) => Number(pending.lastWorkerIdentity?.split('@')[0])).find((pid) => lane.workers.pids.includes(pid));
  }, 30);
}

async function letGo(lane: Lane, { letGo: when, place, task, reads }: Strike, points: Points, name: string, over: () => boolean): Promise<(() => Promise<void>) | undefined> {
  if (when === 'when settling') {
    const record = `/var/lib/sternway/${LOCK}/${DEPLOYMENT}/tasks/${task?.split('@')[0] ?? ''}`.replaceAll('/', '~');
    await until(`the undo of ${task ?? ''} settles`, () => lane.points.host.passed().some(({ point }) => point === `settling ${record}`) || undefined, REACH);
  }
  const goOn = async (): Promise<void> => {
    const seen = lane.points.host.passed().length;
    points.release(name);
    // A reading from outside asks no host, one that was let go asks it no more; everything else is on its way there now.
    if (reads || task?.endsWith('@worker')) return;
    await until(`the host has heard what ${place.point} held back`, () => lane.points.host.passed().slice(seen).some(({ point }) => /^(answering|refusing) /.test(point)) || undefined, 30);
  };
  if (when === 'when over') return goOn;
  if (when === 'when undone') {
    lane.points.worker.arm(CLOSING, 'hold');
    const closing = await lane.points.worker.reached(CLOSING, over, REACH);
    await goOn();
    if (closing !== undefined) lane.points.worker.release(closing);
  } else points.release(name);
  return undefined;
}

/** Seconds from `at` until a worker passes a point; a killed one does not count. Where nothing is left to pass, until the end. */
async function progress(lane: Lane, at: number, dead: number | undefined, over: () => boolean): Promise<number> {
  return await until('a worker goes on', () => {
    const next = lane.points.worker.passed().find((passage) => passage.at > at && passage.pid !== dead);
    return next ? next.at - at : over() ? Date.now() / 1000 - at : undefined;
  }, RECOVER);
}
