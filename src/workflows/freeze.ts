import { condition, setHandler, upsertMemo, workflowInfo } from '@temporalio/workflow';
import { besideOf } from '../temporal/names';
import { minute } from '../report/time';
import { bounded } from './activities';
import { checkInput, refused } from './input';
import { thawSignal } from './messages';
import { readSaid, sentenceOf } from './said';
import { showLine } from './show';

export interface FreezeInput {
  app: string;
  environment: string;
  /** When it ends by itself: ISO with a zone; absent or null: when somebody thaws it. */
  until?: string | null;
  reason?: string;
  by?: string;
}

/** How it ended. */
export interface Thawed {
  by: string | null;
  reason: string;
}

/**
 * While it runs no deployment of the environment starts, with gates or without; what runs goes on, and a rollback passes. Whoever freezes again
 * starts it again in place of this one. The workflow id must be `<app>/<environment>/freeze`.
 */
export async function freeze(input: FreezeInput): Promise<Thawed> {
  checkInput(input, ['app', 'environment']);
  const { app, environment, by = 'somebody', reason = 'no reason given' } = input;
  const id = besideOf({ app, environment }).freeze;
  if (workflowInfo().workflowId !== id) throw refused(`the workflow id must be ${id}, for it is looked for there; it is ${workflowInfo().workflowId}`);
  const until = readUntil(input.until);
  let thawed: Thawed | undefined;
  setHandler(thawSignal, (said) => {
    thawed ??= readSaid(said);
  });
  upsertMemo({ by, reason, ...(until === null ? {} : { until: new Date(until).toISOString() }) });
  showLine(`**No deployments of ${app}/${environment}** ${until === null ? 'until somebody ends it (`thaw`)' : `until ${minute(new Date(until).toISOString())}`}, by ${by}: ${reason}`);
  const over = () => thawed !== undefined;
  if (until === null) await condition(over);
  else await condition(over, Math.max(1, until - Date.now()));
  const end = thawed ?? { by: null, reason: 'its time has come' };
  // Whoever is woken now must see that it is over, although this run has not closed.
  upsertMemo({ over: true });
  showLine(end.by === null ? '**Over**: its time has come' : sentenceOf('**Over**, ended', { by: end.by, reason: end.reason }));
  await bounded.wakeRequests({ app, environment }).catch(() => undefined);
  return end;
}

/** Milliseconds since 1970. @throws ApplicationFailure Refused for a time that is none, or without a zone */
function readUntil(until: unknown): number | null {
  if (until === undefined || until === null) return null;
  const at = typeof until === 'string' && /(Z|[+-]\d\d:?\d\d)$/.test(until) ? Date.parse(until) : Number.NaN;
  if (Number.isNaN(at)) throw refused(`until must be a time with its zone, such as 2026-12-24T12:00:00Z; it is ${JSON.stringify(until)}`);
  return at;
}
