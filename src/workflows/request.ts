import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { allHandlersFinished, ApplicationFailure, CancellationScope, ChildWorkflowCancellationType, condition, continueAsNew, isCancellation, ParentClosePolicy, setHandler, startChild, workflowInfo } from '@temporalio/workflow';
import type { Approval, GateQuestion, Judged, Operation, PlanSeen } from '../activities/contract';
import { besideOf, lockOf } from '../temporal/names';
import { appAttribute, environmentAttribute, releaseAttribute, stateAttribute } from '../temporal/search-attributes';
import { bounded } from './activities';
import { Announcer } from './request-announcer';
import type { deploy, DeployInput } from './deploy';
import { asked, checkInput, overrideOf, refused } from './input';
import { approveUpdate, requestQuery, wakeSignal, withdrawSignal, type Waiting } from './messages';
import { FAILURE } from './outcome';
import { Board } from './request-board';
import { readSaid, sentenceOf } from './said';
import { rootSentence, rootType } from './sentences';
import { showStart, showState } from './show';

/** At the latest after this it looks again: what other environments and people do opens gates, too, and the plan may change meanwhile. */
const LOOK_AGAIN = 15 * 60_000;
/** Where clocks alone are waited for. */
const LOOK_AT_THE_PLAN = 60 * 60_000;
/** While another run holds the environment, or something could not be asked. */
const SOON = 60_000;
/** More than anybody needs; whoever could fill a history with them is stopped here. */
const MOST_APPROVALS = 50;

/** As a deployment is asked for; `deployment` is the end of the workflow id. */
export type RequestInput = Omit<DeployInput, 'approvals'> & { readonly kept?: Kept };

/** What goes on in the next run when the history has become long; taken from no one else. */
interface Kept {
  readonly requestedAt: string;
  readonly noticeGivenAt: string | null;
  readonly announced: Announcer['state'];
  readonly approvals: readonly Approval[];
  readonly plan: PlanSeen | null;
  readonly changed: string | null;
}

/** The run that carries the deployment out. */
export interface Granted {
  readonly deployment: string;
  readonly run: string;
}

/**
 * A deployment that waits until its gates are open, then starts under the lock and is left to itself. It holds nothing: whoever
 * cancels or withdraws it leaves everything as it was. The workflow id must be `<app>/<environment>/request/<deployment>`.
 */
export async function request(input: RequestInput): Promise<Granted> {
  checkInput(input, ['app', 'environment', 'release']);
  const target = { app: input.app, environment: input.environment };
  const { workflowId } = workflowInfo();
  const deployment = input.deployment ?? workflowId.slice(workflowId.lastIndexOf('/') + 1);
  checkInput({ ...input, deployment }, ['deployment']);
  const id = besideOf(target).request(deployment);
  if (workflowId !== id) throw refused(`the workflow id must be ${id}, for it is looked for there; it is ${workflowId}`);
  return await new Request(input, deployment).carryOut();
}

class Request {
  readonly #operation: Operation;
  readonly #override;
  readonly #board = new Board();
  readonly #requestedAt: string;
  #noticeGivenAt: string | null;
  #announcer!: Announcer;
  readonly #announcedBefore: Announcer['state'] | undefined;
  #approvals: readonly Approval[];
  #plan: PlanSeen | null;
  #judged: Judged | null = null;
  #changed: string | null;
  #remarks: string[] = [];
  #woken = false;
  #withdrawn: string | undefined;

  constructor(
    private readonly input: RequestInput,
    deployment: string,
  ) {
    // Whoever starts a request could claim a notice that never went out.
    const kept = workflowInfo().continuedFromExecutionRunId === undefined ? undefined : input.kept;
    this.#operation = { app: input.app, environment: input.environment, deployment, holder: deployment, ...asked(input, '') };
    this.#override = overrideOf(input);
    this.#requestedAt = kept?.requestedAt ?? workflowInfo().startTime.toISOString();
    this.#noticeGivenAt = kept?.noticeGivenAt ?? null;
    this.#approvals = kept?.approvals ?? [];
    this.#plan = kept?.plan ?? null;
    this.#changed = kept?.changed ?? null;
    this.#announcedBefore = kept?.announced;
    setHandler(requestQuery, () => this.#waiting());
    setHandler(wakeSignal, () => this.#wake());
    setHandler(withdrawSignal, (said) => {
      this.#withdrawn ??= sentenceOf('withdrawn', readSaid(said));
      this.#wake();
    });
    setHandler(approveUpdate, (approval) => this.#approve(approval), { validator: (approval: Partial<Approval> | undefined) => this.#mayCount(approval) });
    showStart(this.#operation, input.release, 'waiting');
    this.#show();
  }

  async carryOut(): Promise<Granted> {
    try {
      const granted = await this.#wait();
      await condition(allHandlersFinished);
      return granted;
    } finally {
      showState('closed');
    }
  }

  async #wait(): Promise<Granted> {
    const policy = await bounded.readPolicy(this.#operation);
    this.#announcer = new Announcer(this.#operation, this.input.release, policy.messages !== null, this.#announcedBefore);
    for (;;) {
      this.#woken = false;
      const pause = await this.#look();
      if (typeof pause === 'object') return pause;
      this.#show();
      await condition(() => this.#woken, pause);
      this.#insist();
      if (workflowInfo().continueAsNewSuggested) await this.#goOn();
    }
  }

  /** @throws ApplicationFailure Withdrawn where it is not wanted any more */
  #insist(): void {
    if (this.#withdrawn !== undefined) throw ApplicationFailure.nonRetryable(`${this.#withdrawn}, before anything was changed`, FAILURE.withdrawn);
  }

  /** Plans, judges, and starts where it may. Else milliseconds until it is worth looking again. @throws ApplicationFailure Refused where waiting helps nothing */
  async #look(): Promise<Granted | number> {
    this.#remarks = [];
    const trouble = await this.#planAgain();
    try {
      this.#judged = await bounded.judgeGates(this.#question());
      await this.#announce(this.#judged);
    } catch (error) {
      if (isCancellation(error)) throw error;
      this.#remarks.push(`the gates could not be judged and are tried again: ${rootSentence(error)}`);
      return SOON;
    }
    const { verdicts } = this.#judged;
    const closed = verdicts.filter(({ state }) => state !== 'open');
    if (closed.some(({ state }) => state === 'refused')) throw refused(closed.map(({ gate, sentence }) => `${gate}: ${sentence}`).join('; '));
    if (closed.length > 0) return pauseOf(closed.map(({ until }) => until));
    if (trouble !== null) return SOON;
    this.#insist();
    return await this.#start();
  }

  /** A plan that cannot be made ends the request where nothing else is waited for. Returns why it could not be made now. */
  async #planAgain(): Promise<string | null> {
    const { release, settings, adopt } = this.input;
    try {
      const seen = await bounded.seePlan({ operation: this.#operation, release, ...(settings === undefined ? {} : { settings }), ...(adopt ? { adopt } : {}) });
      if (this.#plan && this.#plan.hash !== seen.hash && this.#approvals.length > 0) {
        this.#changed = `the plan has changed since it was approved (${short(this.#plan.hash)}, now ${short(seen.hash)}): the approvals for it do not count any more`;
        this.#approvals = [];
      }
      this.#plan = seen;
      return null;
    } catch (error) {
      if (isCancellation(error)) throw error;
      const sentence = rootSentence(error);
      const final = rootType(error) === FAILURE.refused && (this.#plan === null || this.#judged?.verdicts.every(({ state }) => state === 'open'));
      if (final) throw refused(sentence);
      this.#remarks.push(`the deployment would not begin as things are: ${sentence}`);
      return sentence;
    }
  }

  /** The notice goes out once, as soon as the start is known; whoever was told of a start hears of it when it moves. */
  async #announce(judged: Judged): Promise<void> {
    if (this.#override !== null || judged.next === null || this.#plan === null || !judged.verdicts.some(({ gate }) => gate === 'notice')) return;
    if (this.#noticeGivenAt === null) {
      await this.#announcer.notice(judged, this.#plan, judged.next);
      this.#noticeGivenAt = new Date().toISOString();
      this.#show();
      this.#judged = await bounded.judgeGates(this.#question());
    } else this.#announcer.moved(judged, judged.next);
  }

  /** Under the lock, left to itself. Where another run holds it, it is asked for again. */
  async #start(): Promise<Granted | number> {
    const { app, environment, deployment, by, via, reason } = this.#operation;
    const { kept: _kept, ...rest } = this.input;
    const child: DeployInput = { ...rest, deployment, ...(this.#approvals.length > 0 ? { approvals: this.#approvals } : {}) };
    try {
      // Once asked for, a cancel of the request comes too late.
      const handle = await CancellationScope.nonCancellable(() =>
        startChild<typeof deploy>('deploy', {
          workflowId: lockOf({ app, environment }),
          args: [child],
          parentClosePolicy: ParentClosePolicy.ABANDON,
          cancellationType: ChildWorkflowCancellationType.ABANDON,
          memo: { by, via, reason, release: rest.release, deployment },
          typedSearchAttributes: [
            { key: appAttribute, value: app },
            { key: environmentAttribute, value: environment },
            { key: stateAttribute, value: 'running' },
            { key: releaseAttribute, value: rest.release },
          ],
        }),
      );
      return { deployment, run: handle.firstExecutionRunId };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      this.#remarks.push(`every gate is open, but another run holds ${app}/${environment}: it starts when that has ended`);
      return SOON;
    }
  }

  async #approve(approval: Approval): Promise<string> {
    const judged = await bounded.judgeGates({ ...this.#question(), approvals: [approval] });
    const [why] = judged.dropped;
    if (why !== undefined) throw ApplicationFailure.nonRetryable(why, FAILURE.refused);
    if (!this.#approvals.some(({ text, signature }) => text === approval.text && signature === approval.signature)) this.#approvals = [...this.#approvals, { text: approval.text, signature: approval.signature }];
    this.#wake();
    const said = [...judged.approved.map((who) => `${who} approves`), ...judged.rejected.map((who) => `${who} rejects`)].join(', ');
    return `${said} the plan ${short(this.#plan?.hash ?? '')}`;
  }

  /** Read-only, and never asynchronous: what it throws rejects the update before it enters the history. */
  #mayCount(approval: Partial<Approval> | undefined): void {
    if (typeof approval?.text !== 'string' || typeof approval.signature !== 'string') throw new Error('an approval has a text and a signature: sternway approve makes them');
    if (this.#plan === null) throw new Error('the plan is not made yet: try again in a moment');
    if (this.#approvals.length >= MOST_APPROVALS) throw new Error(`there are ${MOST_APPROVALS} approvals already`);
  }

  #question(): GateQuestion {
    return { operation: this.#operation, release: this.input.release, hash: this.#plan?.hash ?? '', now: Date.now(), approvals: this.#approvals, override: this.#override };
  }

  #waiting(): Waiting {
    const { verdicts = [], approved = [], rejected = [], next = null, dropped = [] } = this.#judged ?? {};
    const remarks = [...this.#remarks, ...(this.#changed === null ? [] : [this.#changed]), ...dropped];
    return { deployment: this.#operation.deployment, release: this.input.release, requestedAt: this.#requestedAt, noticeGivenAt: this.#noticeGivenAt, plan: this.#plan?.hash ?? null, verdicts, approved, rejected, next, remarks };
  }

  #show(): void {
    this.#board.show(this.#waiting());
  }

  #wake(): void {
    this.#woken = true;
  }

  /** The history has become long. */
  async #goOn(): Promise<never> {
    await condition(allHandlersFinished);
    await this.#announcer.settled();
    const kept: Kept = { requestedAt: this.#requestedAt, noticeGivenAt: this.#noticeGivenAt, announced: this.#announcer.state, approvals: this.#approvals, plan: this.#plan, changed: this.#changed };
    return await continueAsNew<typeof request>({ ...this.input, kept });
  }
}

/** Until the next gate opens by itself, or until it is worth looking at what people and other runs have done. */
function pauseOf(untils: readonly (string | null)[]): number {
  const longest = untils.includes(null) ? LOOK_AGAIN : LOOK_AT_THE_PLAN;
  const next = untils.flatMap((until) => (until === null ? [] : [Date.parse(until) - Date.now()]));
  return Math.max(1000, Math.min(longest, ...next));
}

function short(hash: string): string {
  return hash.slice(0, 12);
}
