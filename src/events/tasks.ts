import type { Delivery, Question, Stage, TaskEnd, TaskName } from './events';
import { field, list, number, oneOf, text, texts } from './read';
import type { Recorded } from './recorded';

/** The runs of activities that are not a step's own verb. */
const STAGES: Readonly<Record<string, Stage>> = {
  claimHosts: 'claim',
  preparePlan: 'read',
  passGates: 'gates',
  storePlan: 'store',
  readHead: 'read-head',
  describeLoss: 'weigh',
  closeClaims: 'close',
};

/** What goes on beside the run and holds nothing up. */
export type Beside = { readonly moment: string; readonly number: number } | { readonly report: true };

/** An activity that was scheduled and has not ended. */
export interface Open {
  readonly what: { readonly task: TaskName; readonly back: boolean } | { readonly stage: Stage } | { readonly question: true } | { readonly beside: Beside };
  readonly since: string;
  attempts: number;
}

/** What a scheduled activity is: a task, a stage of the run, a question to people; undefined when it is none of ours. */
export function readScheduled(activity: string, input: unknown): Open['what'] | undefined {
  if (activity === 'askAPerson') return { question: true };
  if (activity === 'tell') return { beside: { moment: text(field(input, 'telling'), 'moment') ?? '', number: number(input, 'number') ?? 1 } };
  if (activity === 'storeReport') return { beside: { report: true } };
  const stage = STAGES[activity];
  if (stage) return { stage };
  const task = readTask(input);
  return task && { task, back: field(input, 'direction') === 'undo' };
}

function readTask(input: unknown): TaskName | undefined {
  const step = field(input, 'step');
  const id = text(step, 'id');
  const host = text(input, 'host');
  if (id === null || host === null) return undefined;
  const kind = oneOf(['change', 'check'], field(step, 'kind')) ?? 'change';
  return { task: `${id}@${host}`, step: id, title: text(step, 'title') ?? id, phase: text(step, 'phase') ?? '', kind, host };
}

export function readQuestion(input: unknown): { question: Question; hold: boolean } | undefined {
  const task = text(input, 'task');
  if (task === null) return undefined;
  const question = { task, title: text(input, 'title') ?? task, host: text(input, 'host') ?? '', sentence: text(input, 'sentence') ?? '' };
  return { question, hold: field(input, 'hold') === true };
}

/** What came of telling people, or of keeping the report. */
export function readBeside(beside: Beside, { result, failure }: Extract<Recorded, { kind: 'activity-ended' }>, done: boolean) {
  const sentence = done ? null : (failure?.sentence ?? 'it was not tried');
  if ('report' in beside) return { type: 'report-stored' as const, where: texts(result, 'where'), sentence };
  const deliveries = list(result, 'deliveries').map((each): Delivery => {
    const delivered = field(each, 'delivered') === true;
    return { audience: text(each, 'audience') ?? '', channel: text(each, 'channel') ?? '', recipient: text(each, 'recipient'), delivered, word: text(each, delivered ? 'word' : 'why') ?? '' };
  });
  return { type: 'told' as const, ...beside, deliveries, sentence };
}

/** How a task ended: a result as the contract's TaskResult, or a failure whose first detail may hold the same fields. */
export function readTaskEnd(task: TaskName, seconds: number, attempts: number, ended: Extract<Recorded, { kind: 'activity-ended' }>): TaskEnd {
  const told = ended.status === 'completed' ? ended.result : ended.failure?.details[0];
  // Stopped on its host because the run turned back is no failure of its own.
  const stopped = ended.status === 'cancelled' || ended.failure?.type === 'Cancelled' || field(told, 'cancelled') === true;
  const result = ended.status === 'completed' ? 'done' : stopped ? 'stopped' : 'failed';
  return {
    ...task,
    result,
    seconds,
    program: number(told, 'seconds'),
    attempts,
    adopted: field(told, 'adopted') === true,
    sentence: result === 'failed' ? (ended.failure?.sentence ?? 'failed without saying why') : null,
    output: text(told, 'tail') ?? '',
  };
}
