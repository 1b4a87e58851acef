import { ApplicationFailure, isCancellation } from '@temporalio/workflow';
import type { Approval, GateQuestion, Operation, PlanSeen } from '../activities/contract';
import { bounded } from './activities';
import type { DeployInput } from './deploy';
import { overrideOf, refused } from './input';
import { FAILURE } from './outcome';
import { rootSentence, rootType } from './sentences';

/** More than anybody needs; whoever could fill a history with them is stopped here. */
const MOST_APPROVALS = 50;

/** What goes on in the next run of a request. */
export interface Reviewed {
  readonly approvals: readonly Approval[];
  readonly plan: PlanSeen | null;
  /** That approvals were dropped. */
  readonly changed: string | null;
}

/** The plan of a deployment that waits, and what people have said of it: of this plan, and no other. */
export class Review implements Reviewed {
  readonly override;
  approvals: readonly Approval[];
  plan: PlanSeen | null;
  changed: string | null;

  constructor(
    private readonly wish: DeployInput,
    private readonly operation: Operation,
    kept: Reviewed | undefined,
  ) {
    this.override = overrideOf(wish);
    this.approvals = kept?.approvals ?? [];
    this.plan = kept?.plan ?? null;
    this.changed = kept?.changed ?? null;
  }

  /** @param final whether nothing else is waited for: then a refusal is the end @returns why it could not be planned now; null where it could */
  async planAgain(final: boolean): Promise<string | null> {
    const { release, settings, adopt } = this.wish;
    try {
      const seen = await bounded.seePlan({ operation: this.operation, release, ...(settings === undefined ? {} : { settings }), ...(adopt ? { adopt } : {}) });
      if (this.plan && this.plan.hash !== seen.hash && this.approvals.length > 0) {
        this.changed = `the plan has changed since it was approved (${short(this.plan.hash)}, now ${short(seen.hash)}): what was said of it does not count any more`;
        this.approvals = [];
      }
      this.plan = seen;
      return null;
    } catch (error) {
      if (isCancellation(error)) throw error;
      const sentence = rootSentence(error);
      if (rootType(error) === FAILURE.refused && (this.plan === null || final)) throw refused(sentence);
      return `the deployment would not begin as things are: ${sentence}`;
    }
  }

  /** What the gates are asked. */
  get question(): GateQuestion {
    return { operation: this.operation, release: this.wish.release, hash: this.plan?.hash ?? '', now: Date.now(), approvals: this.approvals, override: this.override };
  }

  /** Read-only, and never asynchronous: what it throws rejects the update before it enters the history. */
  mayCount(approval: Partial<Approval> | undefined): void {
    if (typeof approval?.text !== 'string' || typeof approval.signature !== 'string') throw new Error('an approval has a text and a signature: sternway approve makes them');
    if (this.plan === null) throw new Error('the plan is not made yet: try again in a moment');
    if (this.approvals.length >= MOST_APPROVALS) throw new Error(`there are ${MOST_APPROVALS} approvals already`);
  }

  /** @returns who said what. @throws ApplicationFailure Refused: it does not count */
  async approve({ text, signature }: Approval): Promise<string> {
    const { dropped, approved, rejected } = await bounded.judgeGates({ ...this.question, approvals: [{ text, signature }] });
    if (dropped[0] !== undefined) throw ApplicationFailure.nonRetryable(dropped[0], FAILURE.refused);
    if (!this.approvals.some((one) => one.text === text && one.signature === signature)) this.approvals = [...this.approvals, { text, signature }];
    return `${[...approved.map((who) => `${who} approves`), ...rejected.map((who) => `${who} rejects`)].join(', ')} the plan ${short(this.plan?.hash ?? '')}`;
  }
}

function short(hash: string): string {
  return hash.slice(0, 12);
}
