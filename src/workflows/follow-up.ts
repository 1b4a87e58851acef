import { allHandlersFinished, condition, defineQuery, defineSignal, defineUpdate, setHandler, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { FollowUpTask } from '../activities/contract';
import type { FollowUpItem } from '../events/follow-ups';
import { commandLine, type CommandLine } from '../report/shell';
import { stateAttribute } from '../temporal/search-attributes';
import { showLine } from './show';
import { Teller } from './teller';

export interface FollowUpInput {
  readonly app: string;
  readonly environment: string;
  readonly deployment: string;
  /** The tag that was deployed, or taken back. */
  readonly release: string;
  readonly after: 'deployed' | 'rolled-back';
  /** When that had ended: ISO, UTC. */
  readonly at: string;
  readonly tasks: readonly FollowUpTask[];
}

/** Somebody has seen to a task. */
export interface Done {
  readonly task: string;
  readonly by: string;
  readonly note?: string;
}

export const doneUpdate = defineUpdate<string, [Done]>('done');
/** What is open is not to be done any more, for this reason. */
export const dropSignal = defineSignal<[string?]>('drop');
export const tasksQuery = defineQuery<readonly FollowUpItem[]>('tasks');

/** Intervals grow up to so many times the first one: who has not done it in a week is not reminded every hour. */
const RARER = 16;
/** Characters of a note that lists show: large memos break them. */
const NOTE = 100;

/** Tells the team when its tasks are due, reminds it, and ends when all were seen to. A timer each, so no worker has to run meanwhile. */
export async function followUp(input: FollowUpInput): Promise<readonly FollowUpItem[]> {
  const agenda = new Agenda(input);
  await Promise.all(input.tasks.map((task) => agenda.see(task)));
  await condition(allHandlersFinished);
  return await agenda.close();
}

class Agenda {
  readonly #items: Map<string, FollowUpItem>;
  readonly #teller: Teller;
  readonly #command: CommandLine;

  constructor({ app, environment, deployment, release, after, at, tasks }: FollowUpInput) {
    this.#items = new Map(tasks.map(({ name, after: seconds }) => [name, { name, due: new Date(Date.parse(at) + seconds * 1000).toISOString(), state: 'waiting', by: null, note: null }]));
    this.#command = commandLine(['--environment', environment]);
    // Without messages in sternway.yml the worker's log has it.
    this.#teller = new Teller({ app, environment, release, deployment, holder: after }, true);
    setHandler(doneUpdate, ({ task, by, note }) => this.#end(task, 'done', by, note), { validator: (done: Partial<Done> | undefined) => this.#check(done) });
    setHandler(dropSignal, (why) => {
      for (const { name } of this.#open()) this.#end(name, 'dropped', null, typeof why === 'string' ? why : undefined);
    });
    setHandler(tasksQuery, () => [...this.#items.values()]);
    this.#show();
  }

  /** From now until the task is over. */
  async see({ name, what, remind }: FollowUpTask): Promise<void> {
    const due = this.#item(name).due;
    const over = () => !this.#open().some((item) => item.name === name);
    if (await condition(over, Math.max(1, Date.parse(due) - Date.now()))) return;
    this.#items.set(name, { ...this.#item(name), state: 'due' });
    this.#show();
    for (let [every, at] = [remind, due]; ; every = Math.min(2 * every, RARER * remind), at = new Date().toISOString()) {
      void this.#teller.tell({ moment: 'due', at, task: name, since: due, points: what, confirm: this.#command('done', name) });
      if (await condition(over, every * 1000)) return;
    }
  }

  async close(): Promise<readonly FollowUpItem[]> {
    await this.#teller.settled();
    upsertSearchAttributes([{ key: stateAttribute, value: 'closed' }]);
    return [...this.#items.values()];
  }

  #open(): FollowUpItem[] {
    return [...this.#items.values()].filter(({ state }) => state === 'waiting' || state === 'due');
  }

  #item(name: string): FollowUpItem {
    const item = this.#items.get(name);
    if (!item) throw new Error('unreachable: every task has an item');
    return item;
  }

  #end(name: string, state: 'done' | 'dropped', by: string | null, note: string | undefined): string {
    this.#items.set(name, { ...this.#item(name), state, by, note: note?.slice(0, NOTE) ?? null });
    this.#show();
    return `${name}: ${state}`;
  }

  /** Read-only, and never asynchronous: what it throws rejects the update before it enters the history. */
  #check(done: Partial<Done> | undefined): void {
    const { task, by, note } = done ?? {};
    const open = this.#open().map(({ name }) => name).join(', ') || 'nothing';
    const item = typeof task === 'string' ? this.#items.get(task) : undefined;
    if (!item) throw new Error(`${typeof task === 'string' ? `${task} is not a task here` : 'say which task is done'}; open: ${open}`);
    if (!this.#open().includes(item)) throw new Error(`${item.name} is ${item.state} already${item.by === null ? '' : `, by ${item.by}`}; open: ${open}`);
    if (typeof by !== 'string' || by === '') throw new Error('say who has done it (by)');
    if (note !== undefined && typeof note !== 'string') throw new Error('a note is a text');
  }

  /** Where it is found with no worker running. */
  #show(): void {
    const items = [...this.#items.values()];
    upsertMemo({ tasks: items });
    showLine(items.map(({ name, due, state, by, note }) => `- **${state}** \`${name}\`, due ${due.slice(0, 16)} UTC${by === null ? '' : `, by ${by}`}${note === null ? '' : `: \`${note.replaceAll('`', "'")}\``}`).join('\n'));
  }
}
