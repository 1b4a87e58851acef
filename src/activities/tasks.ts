import { Context } from '@temporalio/activity';
import type { TaskState } from '../hosts/host';
import { EXIT } from '../commands/remote-command';
import { oneLine } from '../report/escape';
import { beating } from './beating';
import type { TaskInput, TaskResult } from './contract';
import type { Deps } from './deps';
import { lastWords } from './last-words';
import { stepFailed } from './failures';
import { doJob } from './jobs';
import { readOutside } from './outside';

/**
 * One task on one host, forward or back: every verb of every plan is this activity under its own name. Starting a task that
 * has a record adopts it, so another attempt, on another worker, never runs a program twice.
 */
export function taskActivity(deps: Deps): (input: TaskInput) => Promise<TaskResult> {
  return async (input) => {
    let running: Record<string, unknown> | undefined;
    return await beating(
      `${input.direction} ${input.step.id}`,
      async () => {
        if (input.job) return await doJob(deps, input, input.job, Context.current().cancellationSignal);
        if (input.host === 'worker') return await readOutside(input, (name) => deps.secret(deps.environment(input.app, input.environment).inventory, name));
        const { settings, inventory } = deps.environment(input.app, input.environment);
        const host = deps.host(inventory, settings, input.host);
        const { root, deployment, token, limit, by } = input;
        const step = input.step.id;
        const command = input.command ?? { script: 'true\n' };
        const secrets = Object.fromEntries((command.secrets ?? []).map((name) => [name, deps.secret(inventory, name)]));
        if (input.step.kind === 'check') return checked(input, await host.read(command.script, limit + 10, secrets, Context.current().cancellationSignal));
        const task = { ...token, deployment, step, command, limit, by, secrets };
        const told = (event: Record<string, unknown>): void => void (running = event);
        if (input.direction === 'forward') return forward(input, await host.start(root, task, told));
        // From the second attempt on an undo that failed is run anew; each run has a record of its own.
        const again = input.again === true || Context.current().info.attempt > 1;
        return undone(input, await host.undo(root, { ...task, mode: input.mode, again }, told));
      },
      () => running,
      // A reading has no record that would settle it: it must be over before the run goes on.
      input.step.kind === 'check',
    );
  };
}

function forward(input: TaskInput, state: TaskState): TaskResult {
  if (state.state === 'ended' && state.code === 0) return result(state);
  if (state.state === 'unknown') throw stepFailed(state.why ?? 'how it ended is unknown', 'Unknown', state);
  throw stepFailed(ending(state, input.limit), state.code === EXIT.drift ? 'Drift' : 'StepFailed', state);
}

function undone(input: TaskInput, state: TaskState): TaskResult {
  if (state.state === 'undone' || state.state === 'never') return result(state);
  const sentence = ending(state, input.limit);
  // Drift is for a person; anything else may pass within the undo's budget.
  if (state.code === EXIT.drift) throw stepFailed(sentence, 'Drift', state);
  throw new Error(oneLine(sentence));
}

/** Checks leave no record: they only read. */
function checked(input: TaskInput, answer: { code: number | null; stdout: string; stderr: string }): TaskResult {
  const tail = (answer.stdout + answer.stderr).slice(-2000);
  if (answer.code === 0) return { state: 'ended', seconds: null, tail, adopted: false, at: null };
  throw stepFailed(answer.code === null ? `no verdict within ${input.limit} s` : lastWords(tail), 'CheckFailed', { tail, code: answer.code });
}

function result(state: TaskState): TaskResult {
  return { state: state.state, seconds: state.seconds ?? null, tail: state.tail ?? '', adopted: state.adopted ?? false, at: state.at ?? null };
}

function ending(state: TaskState, limit: number): string {
  if (state.timedOut) return `took longer than its ${limit} s and was stopped${said(state.tail)}`;
  const code = state.code ?? null;
  return code === EXIT.drift ? lastWords(state.tail ?? '') : `ended with ${code === null ? (state.why ?? 'no exit code') : `exit code ${code}`}${said(state.tail)}`;
}

function said(tail: string | undefined): string {
  const words = lastWords(tail ?? '');
  return words ? `: ${words}` : '';
}
