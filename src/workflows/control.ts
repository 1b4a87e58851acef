import { CancellationScope, condition, setHandler } from '@temporalio/workflow';
import type { Blocked } from '../activities/contract';
import { decideUpdate, rollbackSignal, type Decision } from './messages';
import type { Cause } from './outcome';

/** Why a run turned back: the first reason counts, later ones change nothing. */
export interface TurnBack {
  cause: Cause;
  sentence: string;
}

/** What people and timers have said. Handlers only set state here; the saga's loop acts on it. */
export class Control {
  turnBack: TurnBack | undefined;
  readonly blocked = new Map<string, Blocked>();
  readonly #answers = new Map<string, Decision>();

  constructor(readonly deployment: string) {
    setHandler(rollbackSignal, (request) => {
      const { deployment, by, reason } = typeof request === 'object' && request !== null ? request : {};
      if (deployment !== undefined && deployment !== this.deployment) return;
      this.turn('signal', `rollback asked for by ${by ?? 'somebody through Temporal'}${reason ? `: ${reason}` : ''}`);
    });
    setHandler(
      decideUpdate,
      (decision) => {
        this.#answers.set(decision.task, decision);
        return `${decision.task}: ${decision.answer}`;
      },
      {
        validator: (decision) => {
          if (!this.blocked.has(decision.task)) throw new Error(`${decision.task} is not waiting for a decision; waiting: ${[...this.blocked.keys()].join(', ') || 'nothing'}`);
          if (!['retry', 'skip', 'resolved'].includes(decision.answer)) throw new Error(`${decision.answer} is not an answer: retry, skip or resolved`);
          if (!decision.by || !decision.reason) throw new Error('a decision says who (by) and why (reason)');
        },
      },
    );
    // A cancel is one more reason to go back; the undos themselves run shielded from it.
    CancellationScope.current().cancelRequested.catch(() => this.turn('cancel', 'the deployment was cancelled'));
  }

  turn(cause: Cause, sentence: string): void {
    this.turnBack ??= { cause, sentence };
  }

  /** Waits, however long, for a person's answer about a blocked task. */
  async answer(blocked: Blocked): Promise<Decision> {
    this.#answers.delete(blocked.task);
    this.blocked.set(blocked.task, blocked);
    await condition(() => this.#answers.has(blocked.task));
    this.blocked.delete(blocked.task);
    const decision = this.#answers.get(blocked.task);
    if (!decision) throw new Error('unreachable: the condition held');
    return decision;
  }
}
