import type { FollowUps } from '../../client';
import { oneLine } from '../../report/escape';
import { ago, minute } from '../../report/time';
import { wrap } from '../../report/width';
import { withClient } from '../connect';
import { readContext } from '../context';
import type { EnvironmentOptions, ServerOptions } from '../options';
import { jsonLine } from '../render/json';
import { styleFor, type Style } from '../render/style';
import { isInteractive, stdout } from '../screen';

type Options = EnvironmentOptions & ServerOptions & { all?: true };
type Task = FollowUps['tasks'][number];

export async function tasks(options: Options): Promise<void> {
  const { target, command } = readContext(options);
  const found = await withClient(options, (sternway) => sternway.followUps(target));
  const shown = found
    .map((each) => ({ ...each, tasks: each.tasks.filter((task) => options.all || isOpen(task)).toSorted(byUrgency) }))
    .filter((each) => each.tasks.length > 0)
    .sort((one, other) => Number(other.tasks.some(isDue)) - Number(one.tasks.some(isDue)));
  if (options.json) return stdout.write(shown.flatMap(({ tasks: all, ...each }) => all.map((task) => `${jsonLine({ v: 1, type: 'task', ...target, deployment: each.deployment, release: each.release, after: each.after, ...task })}\n`)).join(''));
  if (shown.length === 0) return stdout.write(`nothing is left to do on ${target.app}/${target.environment}${found.length > 0 && !options.all ? `; ${command('tasks', '--all')} shows what was done` : ''}\n`);
  const style = styleFor(isInteractive());
  const blocks = shown.map((each) => [style.strong(oneLine(`${each.release ?? '?'} (${each.deployment}), ${each.after}`)), ...each.tasks.flatMap((task) => text(task, style))].join('\n'));
  const first = shown.flatMap((each) => each.tasks).find(isOpen);
  stdout.write(`${blocks.join('\n\n')}\n${first ? `\n${command('done', first.name)}    # when that is done\n` : ''}`);
}

/** Its state and since or until when; then what is to be done, point by point, or who has done it. */
function text({ name, due, state, by, note, points }: Task, { bad, good, strong, dim }: Style): string[] {
  const word = state === 'due' ? bad('due    ') : state === 'waiting' ? 'open   ' : state === 'done' ? good('done   ') : dim('dropped');
  const when = state === 'due' ? `since ${minute(due)} (${ago(due, new Date())})` : state === 'waiting' ? `due ${minute(due)}` : [by === null ? null : `by ${by}`, note].filter((part) => part !== null).join(': ');
  const lines = state === 'due' || state === 'waiting' ? points.flatMap((point) => wrap(oneLine(point), 70).map((line, n) => dim(`           ${n === 0 ? '- ' : '  '}${line}`))) : [];
  return [`  ${word}  ${strong(oneLine(name))}  ${dim(oneLine(when))}`.trimEnd(), ...lines];
}

const isDue = ({ state }: Task): boolean => state === 'due';
export const isOpen = ({ state }: Task): boolean => state === 'due' || state === 'waiting';
const ORDER: readonly Task['state'][] = ['due', 'waiting', 'done', 'dropped'];
const byUrgency = (one: Task, other: Task): number => ORDER.indexOf(one.state) - ORDER.indexOf(other.state) || one.due.localeCompare(other.due);
