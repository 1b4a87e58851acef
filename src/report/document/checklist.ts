import type { PlannedStep } from '../../events/events';
import type { RunState } from '../../events/state';
import { oneLine } from '../escape';
import { place } from '../task-line';
import { CHECKLIST, type Item, type Known } from './checklist-items';
import type { ItemMark } from './given';

/**
 * The runbook's checklist of 18 with the state of each item, from the plan and what became of its steps. `marks` tell what no step
 * knows and win over what is read here. Empty for a rollback.
 */
export function checklistOf(state: RunState, marks: readonly ItemMark[] = []): Item[] {
  if (state.started?.workflow === 'rollback') return [];
  return CHECKLIST.map((known, index) => {
    const mark = marks.findLast(({ item }) => item === index + 1);
    return { item: index + 1, text: known.text, ...(mark ? { state: mark.state, why: oneLine(mark.why) } : stateOf(known, state)) };
  });
}

function stateOf({ by, without }: Known, state: RunState): Pick<Item, 'state' | 'why'> {
  if (!by) return without;
  if (!state.plan) return { state: 'not-done', why: 'no plan was made' };
  const steps = state.plan.steps.filter(by);
  if (steps.length === 0) return without;
  const tasks = steps.flatMap(({ id, title, hosts }) => hosts.map((host) => ({ task: `${id}@${host}`, title: oneLine(title), host: place(oneLine(host)) })));
  const ended = new Map(state.steps.map((end) => [end.task, end.result]));
  const bad = tasks.find(({ task }) => ended.get(task) !== 'done');
  if (bad) {
    const result = ended.get(bad.task);
    const what = result === undefined ? (state.running.has(bad.task) ? 'still runs' : state.ended ? 'was not reached' : 'has not been reached yet') : result === 'failed' ? 'failed' : 'was let go when it turned back';
    return { state: 'not-done', why: `${bad.title} · ${bad.host} ${what}` };
  }
  const titles = [...new Set(tasks.map(({ title }) => title))].join(', ');
  return takenBack(steps, state) ? { state: 'not-done', why: `it was, and was taken back: ${titles}` } : { state: 'done', why: `by ${titles}` };
}

/** What leaves nothing to take back, as a backup, a fetched tag or a check, stays done. */
function takenBack(steps: readonly PlannedStep[], { undos }: RunState): boolean {
  const changes = new Set(steps.filter(({ kind, undo }) => kind === 'change' && undo !== false).map(({ id }) => id));
  return undos.some(({ step, result }) => result === 'done' && changes.has(step));
}
