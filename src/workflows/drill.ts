import { CancellationScope, executeChild, isCancellation, ParentClosePolicy, upsertMemo, upsertSearchAttributes, workflowInfo, ApplicationFailure } from '@temporalio/workflow';
import type { Rehearsal } from '../activities/contract';
import type { Proof } from '../events/proofs';
import { duration } from '../report/time';
import { lockOf } from '../temporal/names';
import { appAttribute, environmentAttribute, outcomeAttribute, releaseAttribute, stateAttribute } from '../temporal/search-attributes';
import { bounded, patient } from './activities';
import { DRILL } from './begin-follow-ups';
import type { deploy } from './deploy';
import { checkInput } from './input';
import { FAILURE, type Result } from './outcome';
import type { rollback } from './rollback';
import { rootSentence, rootType } from './sentences';
import { showLine } from './show';
import { Teller } from './teller';

export interface DrillInput {
  readonly app: string;
  /** The environment whose way back is to be proven; where that takes place, its own sternway.yml says. */
  readonly environment: string;
}

/** Failure types of a drill that proved nothing: it was held and went wrong; it could not be held. */
export const DRILL_FAILURE = { failed: 'DrillFailed', notHeld: 'DrillNotHeld' } as const;

/** Before anything was changed these are no word on the way back. */
const NOT_HELD: readonly (string | undefined)[] = [FAILURE.refused, FAILURE.busy, FAILURE.withdrawn];

/**
 * Rehearses the way back of the live release on another environment, by the deployment and the rollback themselves, and loads the last backup
 * into an empty place. Its memo keeps the proof, or why there is none. Completes when all of it went well; otherwise fails with a sentence.
 */
export async function drill(input: DrillInput): Promise<Proof> {
  checkInput(input, ['app', 'environment']);
  const { app, environment } = input;
  upsertSearchAttributes([{ key: appAttribute, value: app }, { key: environmentAttribute, value: environment }, { key: stateAttribute, value: 'running' }]);
  const rehearsing = new Rehearsing(input);
  const proof = await rehearsing.hold();
  await CancellationScope.nonCancellable(async () => {
    upsertMemo({ proof });
    upsertSearchAttributes([{ key: outcomeAttribute, value: proof.outcome }, { key: stateAttribute, value: 'closed' }]);
    showLine(`**${proof.outcome}**: ${proof.sentence}`);
    if (proof.outcome === 'proven') return;
    const teller = new Teller({ app, environment, release: proof.release ?? '?', deployment: `${DRILL}-${workflowInfo().runId.slice(-8)}` }, true);
    await teller.tell({ moment: 'drill-failed', at: proof.at, held: proof.outcome === 'failed', on: proof.on, sentence: proof.sentence });
  });
  if (rehearsing.cancelled) throw rehearsing.cancelled;
  if (proof.outcome === 'proven') return proof;
  throw ApplicationFailure.create({ message: proof.sentence, type: proof.outcome === 'failed' ? DRILL_FAILURE.failed : DRILL_FAILURE.notHeld, nonRetryable: true, details: [proof] });
}

class Rehearsing {
  cancelled: Error | undefined;
  #rehearsal: Rehearsal | undefined;
  /** From here on a failure says something of the way back. */
  #changed = false;
  #seconds: number | null = null;
  #restore: Proof['restore'] = null;

  constructor(private readonly input: DrillInput) {}

  async hold(): Promise<Proof> {
    try {
      const rehearsal = (this.#rehearsal = await bounded.planDrill(this.input));
      upsertSearchAttributes([{ key: releaseAttribute, value: rehearsal.release }]);
      const problems = [await this.#thereAndBack(rehearsal), await this.#backup(rehearsal)].filter((problem) => problem !== null);
      if (problems.length > 0) return this.#proof('failed', problems.join('; '));
      const { release, previous, on } = rehearsal;
      return this.#proof('proven', `${release} was taken back to ${previous} on ${on} in ${duration(this.#seconds ?? 0)}${this.#restore === 'ok' ? ', and the last backup can be restored' : ''}`);
    } catch (error) {
      if (isCancellation(error)) this.cancelled = error as Error;
      const sentence = this.cancelled ? 'the drill was cancelled' : rootSentence(error);
      return this.#proof(this.#changed && !this.cancelled ? 'failed' : 'not-held', sentence);
    }
  }

  /** Null: there and back, and verified; otherwise why not. */
  async #thereAndBack({ on, release, previous, live }: Rehearsal): Promise<string | null> {
    if (live !== previous) await this.#deploy(on, previous);
    const { deployment } = await this.#deploy(on, release);
    const began = Date.now();
    showLine(`rollback of ${release} on ${on}`);
    const back = await this.#child('rollback', on, { deployment });
    this.#seconds = (Date.now() - began) / 1000;
    if (back.outcome !== 'rolled-back') return `${on} is not back: ${back.sentence}`;
    const { release: now } = await bounded.readLive({ app: this.input.app, environment: on, release });
    return now === previous ? null : `after the rollback ${on} serves ${now ?? 'what nobody can tell'} and not ${previous}`;
  }

  async #deploy(on: string, release: string): Promise<Result> {
    showLine(`deployment of ${release} on ${on}`);
    const result = await this.#child('deploy', on, { release });
    this.#changed = true;
    return result;
  }

  /** Under the lock of its environment, as any other; a drill that is terminated leaves it to its own end. */
  async #child(workflow: 'deploy' | 'rollback', environment: string, more: { release?: string; deployment?: string }): Promise<Result> {
    const { app, environment: of } = this.input;
    const args = { app, environment, by: DRILL, via: DRILL, reason: `drill for ${of}`, ...more };
    try {
      return await executeChild<typeof deploy | typeof rollback>(workflow, {
        workflowId: lockOf({ app, environment }),
        args: [args],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        memo: { by: DRILL, via: DRILL, reason: args.reason, ...more },
        staticSummary: `${workflow === 'deploy' ? (more.release ?? '') : 'rollback'} on ${environment}, ${args.reason}`,
      });
    } catch (error) {
      if (isCancellation(error)) throw error;
      if (error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError') throw ApplicationFailure.nonRetryable(`${lockOf({ app, environment })} is held by another run`, FAILURE.busy);
      if (!NOT_HELD.includes(rootType(error))) this.#changed = true;
      throw ApplicationFailure.nonRetryable(`the ${workflow === 'deploy' ? `deployment of ${more.release}` : 'rollback'} on ${environment}: ${rootSentence(error)}`, rootType(error) ?? FAILURE.refused);
    }
  }

  async #backup({ restore, deployment }: Rehearsal): Promise<string | null> {
    if (!restore) return null;
    showLine('restore of the last backup beside the database');
    const { proven, sentence } = await patient.proveBackup({ ...this.input, deployment });
    this.#restore = proven ? 'ok' : sentence;
    return proven ? null : `the last backup: ${sentence}`;
  }

  #proof(outcome: Proof['outcome'], sentence: string): Proof {
    const { release = null, previous = null, on = null } = this.#rehearsal ?? {};
    return { at: new Date().toISOString(), outcome, sentence: sentence.slice(0, 500), release, previous, on, rollbackSeconds: this.#seconds, restore: this.#restore?.slice(0, 300) ?? null };
  }
}
