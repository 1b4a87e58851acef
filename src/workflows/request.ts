import { allHandlersFinished, ApplicationFailure, condition, ContinueAsNew, continueAsNew, isCancellation, patched, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Approval, Judged, Operation } from '../activities/contract';
import { readReleaseNotes } from '../config/release-notes';
import { besideOf } from '../temporal/names';
import { bounded } from './activities';
import { Announcer } from './request-announcer';
import type { DeployInput } from './deploy';
import { asked, checkInput, refused } from './input';
import { approveUpdate, requestQuery, wakeSignal, withdrawSignal, type Waiting } from './messages';
import { FAILURE } from './outcome';
import { Board } from './request-board';
import { LOOK_AGAIN, pauseOf, SOON } from './request-pause';
import { Review, type Reviewed } from './request-review';
import { startUnderLock, type Granted } from './request-start';
import { readSaid, sentenceOf } from './said';
import { rootSentence } from './sentences';
import { showStart, showState } from './show';

/** So many looks are a run; then the history would become long, and the next run goes on. */
const LOOKS = 200;
/** As a deployment is asked for; `deployment` is the end of the workflow id. */
export type RequestInput = Omit<DeployInput, 'approvals'> & { readonly kept?: Kept };

/** What goes on in the next run; taken from no one else. */
interface Kept extends Reviewed {
  readonly requestedAt: string;
  readonly noticeGivenAt: string | null;
  readonly announced: Announcer['state'];
}

/**
 * A deployment that waits until its gates are open, then starts under the lock and is left to itself. It holds nothing: whoever
 * cancels or withdraws it leaves everything as it was. The workflow id must be `<app>/<environment>/request/<deployment>`.
 */
export async function request(input: RequestInput): Promise<Granted> {
  checkInput(input, ['app', 'environment', 'release']);
  const { workflowId, continuedFromExecutionRunId } = workflowInfo();
  const deployment = input.deployment ?? workflowId.slice(workflowId.lastIndexOf('/') + 1);
  checkInput({ ...input, deployment }, ['deployment']);
  const id = besideOf(input).request(deployment);
  if (workflowId !== id) throw refused(`the workflow id must be ${id}, for it is looked for there; it is ${workflowId}`);
  // Whoever starts a request could claim a notice that never went out.
  const { kept, ...wish } = input;
  const waiting = new Request({ ...wish, deployment }, continuedFromExecutionRunId === undefined ? undefined : kept);
  try {
    return await waiting.granted();
  } finally {
    showState('closed');
  }
}

class Request {
  readonly #operation: Operation;
  readonly #review: Review;
  readonly #board = new Board();
  readonly #requestedAt: string;
  #noticeGivenAt: string | null;
  #judged: Judged | null = null;
  #remarks: string[] = [];
  #woken = false;
  #withdrawn: string | undefined;

  constructor(
    private readonly wish: DeployInput & { deployment: string },
    private readonly kept: Kept | undefined,
  ) {
    const { app, environment, deployment, release } = wish;
    this.#operation = { app, environment, deployment, holder: deployment, ...asked(wish, '') };
    this.#review = new Review(wish, this.#operation, kept);
    this.#requestedAt = kept?.requestedAt ?? workflowInfo().startTime.toISOString();
    this.#noticeGivenAt = kept?.noticeGivenAt ?? null;
    setHandler(requestQuery, () => this.#waiting());
    setHandler(wakeSignal, () => this.#wake());
    setHandler(withdrawSignal, (said) => {
      this.#withdrawn ??= sentenceOf('withdrawn', readSaid(said));
      this.#wake();
    });
    setHandler(
      approveUpdate,
      async (approval) => {
        const said = await this.#review.approve(approval);
        this.#wake();
        return said;
      },
      { validator: (approval: Partial<Approval> | undefined) => this.#review.mayCount(approval) },
    );
    showStart(this.#operation, release, 'waiting');
    this.#board.show(this.#waiting());
  }

  /** Resolves when the deployment has started. @throws ApplicationFailure Refused where waiting helps nothing, Withdrawn */
  async granted(): Promise<Granted> {
    const { messages } = await bounded.readPolicy(this.#operation);
    const announcer = new Announcer(this.#operation, this.wish.release, messages, this.kept?.announced);
    try {
      return await this.#untilOpen(announcer);
    } catch (error) {
      if (!(error instanceof ContinueAsNew) && announcer.announced && patched('called-off')) await announcer.calledOff(isCancellation(error) ? 'it was cancelled' : rootSentence(error));
      throw error;
    }
  }

  async #untilOpen(announcer: Announcer): Promise<Granted> {
    for (let looks = 1; ; looks += 1) {
      this.#woken = false;
      const granted = await this.#look(announcer);
      this.#board.show(this.#waiting());
      if (typeof granted === 'object') {
        await condition(allHandlersFinished);
        return granted;
      }
      await condition(() => this.#woken, granted);
      this.#insist();
      if (looks >= LOOKS || workflowInfo().continueAsNewSuggested) await this.#goOn(announcer);
    }
  }

  /** Plans, judges, and starts where it may. Else milliseconds until it is worth looking again. */
  async #look(announcer: Announcer): Promise<Granted | number> {
    this.#remarks = [];
    const trouble = await this.#review.planAgain(this.#judged?.verdicts.every(({ state }) => state === 'open') === true);
    if (trouble !== null) this.#remarks.push(trouble);
    let announced: boolean;
    try {
      this.#judged = await bounded.judgeGates(this.#review.question);
      announced = await this.#announce(announcer, this.#judged);
    } catch (error) {
      if (isCancellation(error)) throw error;
      this.#remarks.push(`the gates could not be judged and are tried again: ${rootSentence(error)}`);
      return SOON;
    }
    const closed = this.#judged.verdicts.filter(({ state }) => state !== 'open');
    const against = closed.filter(({ state }) => state === 'refused');
    if (against.length > 0) throw refused(against.map(({ gate, sentence }) => `${gate}: ${sentence}`).join('; '));
    if (closed.length > 0) return Math.min(pauseOf(closed.map(({ until }) => until)), announced ? Infinity : LOOK_AGAIN);
    if (trouble !== null) return SOON;
    this.#insist();
    const { approvals } = this.#review;
    const granted = await startUnderLock(this.#operation, { ...this.wish, ...(approvals.length > 0 ? { approvals } : {}) });
    if (granted !== null) return granted;
    this.#remarks.push(`every gate is open, but another run holds ${this.wish.app}/${this.wish.environment}: it starts when that has ended`);
    return SOON;
  }

  /** The notice goes out once, as soon as the start is known; whoever was told of a start hears of it when it moves. False: it reached nobody, and is tried again. */
  async #announce(announcer: Announcer, judged: Judged): Promise<boolean> {
    const { override, plan } = this.#review;
    if (override !== null || plan === null || !judged.verdicts.some(({ gate }) => gate === 'notice')) return true;
    if (this.#noticeGivenAt !== null) {
      if (judged.next === null && !patched('postponed')) return true;
      announcer.moved(judged, judged.next);
      return true;
    }
    if (judged.next === null) return true;
    const untold = await announcer.notice(plan, judged.next, readReleaseNotes(this.wish.notes));
    if (untold !== null && patched('notice-delivered')) {
      this.#remarks.push(`the notice has reached nobody, so its time has not begun; it is tried again: ${untold}`);
      return false;
    }
    this.#noticeGivenAt = new Date().toISOString();
    // Where it was given is read from the memo, here as by the deployment itself.
    this.#board.show(this.#waiting());
    this.#judged = await bounded.judgeGates(this.#review.question);
    return true;
  }

  #waiting(): Waiting {
    const { verdicts = [], approved = [], rejected = [], next = null, dropped = [] } = this.#judged ?? {};
    const { plan, changed } = this.#review;
    const remarks = [...this.#remarks, ...(changed === null ? [] : [changed]), ...dropped];
    return { deployment: this.wish.deployment, release: this.wish.release, requestedAt: this.#requestedAt, noticeGivenAt: this.#noticeGivenAt, plan, releaseNotes: readReleaseNotes(this.wish.notes), verdicts, approved, rejected, next, remarks };
  }

  #wake(): void {
    this.#woken = true;
  }

  #insist(): void {
    if (this.#withdrawn !== undefined) throw ApplicationFailure.nonRetryable(`${this.#withdrawn}, before anything was changed`, FAILURE.withdrawn);
  }

  async #goOn(announcer: Announcer): Promise<never> {
    await condition(allHandlersFinished);
    await announcer.settled();
    // Said while it settled: nothing of it would reach the next run.
    this.#insist();
    const { approvals, plan, changed } = this.#review;
    const kept: Kept = { requestedAt: this.#requestedAt, noticeGivenAt: this.#noticeGivenAt, announced: announcer.state, approvals, plan, changed };
    return await continueAsNew<typeof request>({ ...this.wish, kept });
  }
}
