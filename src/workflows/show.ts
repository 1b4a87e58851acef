import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { Blocked, Operation } from '../activities/contract';
import { meanings } from '../report/answers';
import { duration } from '../report/time';
import { appAttribute, environmentAttribute, outcomeAttribute, releaseAttribute, stateAttribute } from '../temporal/search-attributes';
import type { Result } from './outcome';

/** What a run does now, for lists; `waiting`: at its gates; `blocked`: it waits for a person; `hold`: it waits for one, and everything is safe. */
export type State = 'waiting' | 'running' | 'going back' | 'blocked' | 'hold' | 'closed';

/** Enters a run in the lists of the Temporal UI. */
export function showStart(operation: Pick<Operation, 'app' | 'environment'>, release: string, state: State = 'running'): void {
  upsertSearchAttributes([
    { key: appAttribute, value: operation.app },
    { key: environmentAttribute, value: operation.environment },
    { key: releaseAttribute, value: release },
    { key: stateAttribute, value: state },
  ]);
}

/** Costs a history event each time; rides on the workflow task at hand. */
export function showState(state: State): void {
  upsertSearchAttributes([{ key: stateAttribute, value: state }]);
}

/** The line at the top of the run's page while a worker runs; no history event. */
export function showLine(line: string): void {
  setCurrentDetails(line);
}

/** What waits for a person, each with its answers, as Markdown; a host's own words stay literal. `waited`: seconds, where it is a reminder. */
export function showQuestions(questions: readonly Blocked[], waited = 0): void {
  const literal = (text: string): string => `\`${text.replaceAll('`', "'")}\``;
  const lines = questions.flatMap(({ task, sentence, hold }) => [
    `${literal(task)}: ${literal(sentence)}`,
    '',
    ...meanings(hold).map(({ answer, purpose }) => `- \`${answer}\`: ${purpose}`),
    '',
  ]);
  const how = 'Answer by `sternway decide TASK ANSWER --reason WHY`, or here: More Actions, Send an Update, `decide`, with';
  showLine([`**Waiting for a person${waited > 0 ? ` for ${duration(waited)}` : ''}.** The environment stays locked.`, '', ...lines, how, '`{"task": "TASK", "answer": "ANSWER", "by": "YOU", "reason": "WHY"}`'].join('\n'));
}

/** Where the outcome is found again with no worker running. Memo ≤ 2 KB: large ones break listing. */
export function showEnd(result: Result): void {
  upsertSearchAttributes([
    { key: outcomeAttribute, value: result.outcome },
    { key: stateAttribute, value: 'closed' satisfies State },
  ]);
  const { outcome, cause, sentence, deployment, adopted, overridden } = result;
  upsertMemo({ outcome, cause, sentence: sentence.slice(0, 500), deployment, ...(adopted ? { adopted } : {}), ...(overridden ? { overridden } : {}) });
  showLine(`**${outcome}**: ${sentence}`);
}
