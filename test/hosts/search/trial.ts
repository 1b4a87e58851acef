import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { ConnectionLost, LedgerRefused } from '../../../src/hosts/failures';
import type { Host, TaskState, Token } from '../../../src/hosts/host';
import type { TargetHost } from '../../../testbed';
import { STATE } from '../support';
import { judge, type Answer } from './check';
import * as faults from './faults';
import { draw, STEPS, type Operation, type Script, type Step } from './operations';
import { parseLog, programs } from './programs';

const HUNG_MS = 60_000;
/** Seconds: ten times what the programs take. It ends the daemon of a program whose supervisor was killed, which nobody else does. */
const LIMIT = 2;
const FINE = new Set(['stale', 'settled', 'claimed', 'undrained', 'closed', 'not-started']);

const FAULTS = new Set(['takeover', 'drop', 'cut', 'power', 'kill-supervisor', 'kill-script', 'kill-helper']);

/** What a trial shares with those beside it on the same host. `power` cuts the host's power and starts it again. */
export interface Surroundings {
  readonly target: TargetHost;
  readonly power: () => Promise<void>;
}

/** One seeded trial in a state folder of its own; resolves with the invariants that it broke, in words. */
export class Trial {
  readonly #root: string;
  readonly #log: string;
  readonly #script: Script;
  readonly #answers: Answer[] = [];
  readonly #tokens: Token[] = [];
  #again = 0;
  #holders = 0;

  /** How often each request got each answer. */
  get tally(): string[] {
    return this.#answers.map(({ what, state, refused, wrong }) => `${what}: ${state?.state ?? refused ?? wrong ?? (FAULTS.has(what) ? 'struck' : 'no answer')}`);
  }

  constructor(private readonly id: string, seed: number, private readonly hosts: readonly Host[], private readonly around: Surroundings, power: boolean) {
    this.#root = `${STATE}/search/${id}`;
    this.#log = `/srv/search/${id}.log`;
    this.#script = draw(seed, power);
  }

  async run(): Promise<string[]> {
    await this.#patiently(() => this.#takeOver(this.#host(0)));
    await Promise.all(this.#script.clients.map((operations, index) => this.#client(index, operations)));
    return await this.#end();
  }

  async #client(index: number, operations: readonly Operation[]): Promise<void> {
    for (const operation of operations) {
      if (operation.wait > 0) await pause(operation.wait);
      await this.#try(operation.what, operation.step, () => this.#do(this.#host(index), operation));
    }
  }

  async #do(host: Host, { what, step, mode, again }: Operation): Promise<TaskState | undefined> {
    const token = (what === 'zombie' ? this.#tokens[0] : this.#tokens.at(-1)) as Token;
    const ask = { ...token, deployment: 'd1', step, mode, grace: 0.1 };
    const command = programs(step, this.#log, this.id, token.epoch, this.#script.behaviour[step]);
    const rest = { ...ask, limit: LIMIT };
    switch (what) {
      case 'start':
      case 'zombie':
        return await host.start(this.#root, { ...rest, command: command.run });
      case 'undo':
        if (again) this.#again++;
        return await host.undo(this.#root, { ...rest, command: command.undo, again });
      case 'settle':
        return await host.settle(this.#root, ask);
      case 'stop':
        return await host.stop(this.#root, ask);
      case 'states':
        return (await host.states(this.#root, 'd1'))[step];
      case 'takeover':
        return void (await this.#takeOver(host, mode === 'stop'));
      case 'drop':
        return void (await host.channel()).destroy();
      case 'cut':
        return void faults.cutRequest(await host.channel(), { ...rest, root: this.#root }, command.run);
      case 'power':
        return void (await this.around.power());
      case 'kill-supervisor':
      case 'kill-script':
        return void (await faults.kill(this.around.target, `${this.#root}/d1/tasks/${step}`, what === 'kill-script' ? 'script' : 'supervisor'));
      case 'kill-helper':
        return void (await faults.killHelper(this.around.target));
    }
  }

  /** Claims for a new holder, drains, and says so in the log, where no line of an earlier token may follow. */
  async #takeOver(host: Host, stop = false): Promise<void> {
    const now = (await host.look(this.#root)).claim;
    const { claim, running } = await host.claim(this.#root, { holder: `h${this.#holders++}`, deployment: 'd1', by: 'search', ...(now?.open ? { takeover: now.epoch } : {}) });
    if (running.length > 0) await host.drain(this.#root, claim, stop ? STEPS.map((step) => ({ deployment: 'd1', step })) : []);
    appendFileSync(`${this.around.target.root}${this.#log}`, `${Date.now()}000000 DRAINED ${claim.epoch} x\n`);
    this.#tokens.push({ holder: claim.holder, epoch: claim.epoch });
  }

  async #try(what: string, step: Step, request: () => Promise<TaskState | undefined>): Promise<void> {
    const answer: Answer = { what, step, from: Date.now(), to: 0 };
    const done = new AbortController();
    try {
      const hung = pause(HUNG_MS, undefined, { signal: done.signal }).then(() => Promise.reject(new Error('hung')), () => undefined);
      const state = await Promise.race([request(), hung]);
      if (state) answer.state = state;
    } catch (error) {
      if (error instanceof LedgerRefused && FINE.has(error.code)) answer.refused = error.code;
      else if (!(error instanceof ConnectionLost)) answer.wrong = String(error);
    } finally {
      done.abort();
      answer.to = Date.now();
      this.#answers.push(answer);
    }
  }

  /** A last claimant drains; then every file is read and judged. */
  async #end(): Promise<string[]> {
    await this.#patiently(() => this.#takeOver(this.#host(0)));
    for (const step of STEPS) {
      const what = this.#answers.some((answer) => answer.step === step && answer.what === 'undo') ? 'undo' : 'states';
      await this.#try(what, step, () => this.#patiently(() => this.#do(this.#host(0), { wait: 0, what, step, mode: 'finish', again: false })));
    }
    const { log, left } = await faults.remains(this.around.target, this.#root, this.#log, this.id);
    return judge({ lines: parseLog(log), answers: this.#answers, again: this.#again, left });
  }

  #host(index: number): Host {
    return this.hosts[index % this.hosts.length] as Host;
  }

  /** Repeats what a lost connection or a rival interrupted. */
  async #patiently<T>(request: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await request();
      } catch (error) {
        const worth = error instanceof ConnectionLost || (error instanceof LedgerRefused && ['claimed', 'stale', 'not-started'].includes(error.code));
        if (!worth || attempt > 200) throw error;
        await pause(50);
      }
    }
  }
}
