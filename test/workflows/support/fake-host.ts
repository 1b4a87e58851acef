import type { TaskInput } from '../../../src/activities/contract';
import { Gate, type Changes } from './switch';

export type Way = 'forward' | 'undo';
export type State = 'running' | 'ended' | 'failed' | 'never' | 'undoing' | 'undone' | 'undo-failed';

/** What the host refuses or reports, by the failure type that the real activities use. */
export class HostError extends Error {
  constructor(
    readonly type: 'Settled' | 'Stale' | 'Busy' | 'StepFailed',
    message: string,
  ) {
    super(message);
  }
}

/** How a program of the host behaves: takes its time, ends badly. Undefined: it does its work at once. */
export type Behaviour = (way: Way, step: string, host: string) => { held?: Promise<void>; fails?: string } | undefined;

interface Record {
  state: State;
  sentence: string;
  stopped: Gate;
  /** The program's end, whoever waits for it. */
  run: Promise<void>;
}

/** A host with its ledger: programs run whether or not anybody waits for them, and never twice. */
export class FakeHost {
  claim: { holder: string; epoch: number; open: boolean; outcome: string | null } | undefined;
  /** By deployment and step: `d-1/06-stop-the-app`. */
  readonly records = new Map<string, Record>();
  /** Steps that have done something to this host, the latest last. */
  readonly effects: string[] = [];
  /** How often a program was begun: `forward 06-stop-the-app`. */
  readonly runs: string[] = [];

  constructor(
    readonly name: string,
    private readonly behaviour: Behaviour,
    private readonly note: (way: Way, step: string, host: string, event: string) => void,
    private readonly changes: Changes,
  ) {}

  take(holder: string, takeOver = false): number {
    const now = this.claim;
    if (now?.open && now.holder === holder) return now.epoch;
    if (now?.open && !takeOver) throw new HostError('Busy', `${now.holder} holds this environment on ${this.name}`);
    if (now && !now.open && now.holder === holder) throw new HostError('Busy', `${holder} has already ended on ${this.name}`);
    this.claim = { holder, epoch: (now?.epoch ?? 0) + 1, open: true, outcome: null };
    return this.claim.epoch;
  }

  close(holder: string, outcome: string): void {
    if (this.claim?.open && this.claim.holder === holder) this.claim = { ...this.claim, open: false, outcome };
    this.changes.announce();
  }

  /** Begins or adopts, and returns when the program has ended. */
  async start(input: TaskInput): Promise<{ state: State; adopted: boolean }> {
    this.#checkToken(input);
    const id = input.step.id;
    const key = `${input.deployment}/${id}`;
    const known = this.records.get(key);
    if (known && known.state !== 'running' && known.state !== 'ended' && known.state !== 'failed') {
      this.note('forward', id, this.name, 'refused');
      throw new HostError('Settled', `${id} has already been taken back on ${this.name} (${known.state})`);
    }
    const record = known ?? this.#launch('forward', id, key);
    await record.run;
    if (record.state === 'failed') throw new HostError('StepFailed', record.sentence);
    return { state: record.state, adopted: known !== undefined };
  }

  /** Settles the forward run, then undoes it once; `again` after a failed undo. */
  async undo(input: TaskInput): Promise<{ state: State; adopted: boolean }> {
    this.#checkToken(input);
    const id = input.step.id;
    const key = `${input.deployment}/${id}`;
    const known = this.records.get(key);
    if (!known) {
      this.records.set(key, { state: 'never', sentence: '', stopped: new Gate(), run: Promise.resolve() });
      this.note('undo', id, this.name, 'never');
      return { state: 'never', adopted: false };
    }
    if (known.state === 'running' && input.mode === 'stop') known.stopped.open();
    await known.run;
    if (known.state === 'never' || known.state === 'undone') return { state: known.state, adopted: true };
    const begin = known.state !== 'undo-failed' || input.again === true;
    const record = begin ? this.#launch('undo', id, key) : known;
    await record.run;
    if (record.state === 'undo-failed') throw new HostError('StepFailed', record.sentence);
    return { state: record.state, adopted: !begin };
  }

  /** Takes a step's effect away, as its undo does, or a person by hand. */
  mend(id: string): void {
    const at = this.effects.lastIndexOf(id);
    if (at >= 0) this.effects.splice(at, 1);
  }

  #launch(way: Way, id: string, key: string): Record {
    const stopped = new Gate();
    const record: Record = { state: way === 'forward' ? 'running' : 'undoing', sentence: '', stopped, run: Promise.resolve() };
    this.records.set(key, record);
    this.runs.push(`${way} ${id}`);
    this.note(way, id, this.name, 'began');
    record.run = this.#program(way, id, record);
    return record;
  }

  async #program(way: Way, id: string, record: Record): Promise<void> {
    const { held, fails } = this.behaviour(way, id, this.name) ?? {};
    // Half done already while it runs.
    if (way === 'forward') this.effects.push(id);
    let stopped = false;
    if (held) await Promise.race([held, record.stopped.opened.then(() => (stopped = true))]);
    const bad = fails ?? (stopped ? 'stopped on request' : undefined);
    if (way === 'undo' && !bad) this.mend(id);
    record.state = way === 'forward' ? (bad ? 'failed' : 'ended') : bad ? 'undo-failed' : 'undone';
    record.sentence = bad ?? '';
    this.note(way, id, this.name, stopped ? 'stopped' : bad ? 'failed' : 'ended');
  }

  #checkToken({ token, direction, step }: TaskInput): void {
    if (!this.claim?.open || this.claim.holder !== token.holder || this.claim.epoch !== token.epoch) {
      this.note(direction, step.id, this.name, 'refused');
      throw new HostError('Stale', `${token.holder} (epoch ${token.epoch}) may not change ${this.name}`);
    }
  }
}
