import { CancellationScope, condition, continueAsNew, getExternalWorkflowHandle, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { CoreActivities, PeoplePolicy } from '../activities/contract';
import { after, answered, begin, type Holding, type Standing } from '../bake/stages';
import type { Figures, Look } from '../bake/look';
import type { Waited } from '../bake/waiting';
import { lockOf } from '../temporal/names';
import { Asking } from './bake-asking';
import { showBake, showBakeEnd, showBakeStart } from './bake-show';
import { checkInput } from './input';
import { yieldedSignal } from './messages';
import type { BakeResult } from './outcome';
import { rootSentence } from './sentences';
import { storeAgain } from './storing';
import { takeBack } from './take-back';

export interface BakeInput {
  app: string;
  environment: string;
  deployment: string;
  release: string;
  /** When users were let in, by the clock of Temporal: every time here is by that one. ISO 8601. */
  begun: string;
  /** Milliseconds from one look to the next, and from `begun` to the end of each stage. */
  every: number;
  watch: readonly number[];
  /** What the sources said before the deployment. */
  before: Figures;
  /** People are told when it holds. */
  tells: boolean;
  /** Whom to ask while it holds, and when to remind, in seconds. Absent: it is told once, as by runs of before that was known. */
  people?: Pick<PeoplePolicy, 'roles' | 'escalate'> & { readonly remind: number };
  /** The deployment's run and the name of its report, which is written again when the bake has ended; absent: none is kept. */
  report?: { run: string; name: string };
  /** Where an earlier run of this bake left off. */
  carried?: Carried;
}

export interface Carried {
  standing: Standing;
  /** When the latest look was taken. */
  looked: string;
  /** Holds told so far, reminders among them. */
  holds: number;
  /** How often somebody was asked by role, and what was said of the wait at hand. */
  asks?: number;
  waited?: Waited | null;
  /** It had yielded to a deployment that was taken back. */
  again?: boolean;
}

/** Looks after which it goes on as a new run, though Temporal has not asked for that: what a run's history holds is read as a whole. */
const LOOKS = 500;
/** A look that is not had by then is none: its sample would be of another time than it says. At least this, in milliseconds. */
const LATEST = 30_000;

/**
 * Watches a release from the moment users were let in, by looks on fixed ticks, and takes it back when a threshold says so. Holds no lock: the next
 * deployment makes it yield. Its id is `<app>/<environment>/bake`.
 */
export async function bake(input: BakeInput): Promise<BakeResult> {
  checkInput(input, ['app', 'environment', 'deployment', 'release', 'begun']);
  const { begun, every, watch } = input;
  const start = Date.parse(begun);
  const asking = new Asking(input);
  const look = looking(input);
  let standing = input.carried?.standing ?? begin(watch);
  let looked = input.carried?.looked ?? begun;
  if (!input.carried || input.carried.again) showBakeStart(input);
  let shown = showBake(input, standing, '');
  const end = async (outcome: BakeResult['outcome'], sentence: string): Promise<BakeResult> => {
    await storeAgain(input);
    return showBakeEnd({ outcome, sentence, deployment: input.deployment, release: input.release });
  };

  const carried = (): Carried => ({ standing, looked, holds: asking.holds, asks: asking.asks, waited: asking.waited });
  // What it was about to take the release back for when it was made to yield.
  let leaves: Pick<Holding, 'since' | 'because'> | null = null;

  for (let looks = 0; ; ) {
    asking.holding = standing.holding;
    const due = start + (Math.floor((Date.parse(looked) - start) / every) + 1) * every;
    // A look that is due comes before a reminder that is due as well.
    const wakes = Math.min(due, asking.next ?? due);
    const waits = wakes - Date.now();
    if (waits > 0) await condition(() => asking.yielded !== undefined || asking.answer !== undefined, waits);
    if (asking.yielded !== undefined) {
      if (asking.returns) {
        await getExternalWorkflowHandle(lockOf(input)).signal(yieldedSignal, { ...input, carried: carried() }).catch(() => undefined);
        leaves ??= standing.holding;
        if (leaves) await asking.leaves(leaves);
      }
      return await end('yielded', `the bake of ${input.release} ended early: ${asking.yielded}`);
    }

    if (wakes < due && asking.answer === undefined) {
      asking.insist();
      continue;
    }
    let back: { because: readonly string[]; by: string; reason: string } | undefined;
    const decision = asking.take();
    if (decision?.answer === 'rollback') {
      back = { because: standing.holding?.because ?? [], by: decision.by, reason: decision.reason };
    } else if (decision) {
      standing = answered(standing, decision.answer, Date.now() - start);
    } else {
      // A look in time is dated by its tick: else a few milliseconds more or less would make one window longer than the next.
      const now = Date.now() - due <= every / 4 ? due : Date.now();
      const at = new Date(now).toISOString();
      const ending = now - start >= (standing.ends[standing.stage] ?? 0);
      const seen = await look({ begun, at, from: looked, figures: standing.figures, ending });
      [looks, looked] = [looks + 1, at];
      if (seen === null) return await end('stopped', `the bake of ${input.release} ended early: the worker's sternway.yml has none any more`);
      // It may have yielded meanwhile: then nothing is this bake's business any more.
      if (asking.yielded !== undefined) continue;
      const { standing: then, next } = after(standing, at, ending, seen);
      standing = then;
      if (next.do === 'ask') asking.tell(next.holding);
      if (next.do === 'end stage' && standing.stage >= watch.length) return await end('healthy', `${input.release} is healthy after the bake`);
      if (next.do === 'take back') back = { because: next.because, by: 'bake', reason: '' };
    }
    if (back) {
      const { outcome, sentence } = await takeBack(input, back, () => asking.yielded !== undefined);
      if (outcome === 'yielded') {
        leaves = { since: looked, because: [...(back.reason ? [back.reason] : []), ...back.because] };
        continue;
      }
      if (outcome === 'rolled-back') return await end('rolled-back', sentence);
      // Asked anew by the next look, with this sentence.
      standing = { ...standing, refused: sentence, holding: null };
    }
    shown = showBake(input, standing, shown);
    if (looks >= LOOKS || workflowInfo().continueAsNewSuggested) {
      await asking.settled();
      if (asking.yielded === undefined && asking.answer === undefined) await continueAsNew<typeof bake>({ ...input, carried: carried() });
    }
  }
}

type Seen = Look | string | null;

/** One look, or a sentence why there is none. */
function looking({ app, environment, deployment, release, before, every }: BakeInput): (what: Pick<Parameters<CoreActivities['sampleBake']>[0], 'begun' | 'at' | 'from' | 'figures' | 'ending'>) => Promise<Seen> {
  const time = Math.max(every, LATEST);
  const activities = proxyActivities<Pick<CoreActivities, 'sampleBake'>>({ scheduleToCloseTimeout: time, heartbeatTimeout: '10s', retry: { initialInterval: '500ms', maximumAttempts: 3 } });
  return async (what) => {
    try {
      return await activities.sampleBake({ app, environment, deployment, release, before, every, ...what });
    } catch (error) {
      if (CancellationScope.current().consideredCancelled) throw error;
      return rootSentence(error);
    }
  };
}
