import { createHash } from 'node:crypto';
import { HelperChannel, type Hello } from './channel';
import { readHelper, type HelperFiles } from './helper-files';
import type { Claim, Running, TaskRequest, TaskState, Token } from './records';
import { connectSsh, type SshTarget } from './ssh';

export type { Claim, Running, TaskRequest, TaskState, Token } from './records';

export interface HostOptions extends SshTarget {
  readonly state: string;
  readonly sudo: boolean;
}

/** One app/environment on one host, over one kept connection. Reconnects when asked after a loss; never repeats a request by itself. */
export class Host {
  #channel: Promise<HelperChannel> | undefined;
  constructor(
    readonly options: HostOptions,
    private readonly helper: HelperFiles = readHelper(),
  ) {}

  get name(): string {
    return this.options.name;
  }

  get helperHome(): string {
    return `${this.options.state}/bin/${this.helper.checksum}`;
  }

  async hello(): Promise<Hello> {
    return (await this.channel()).hello;
  }

  async claim(root: string, ask: { holder: string; deployment: string; by: string; takeover?: number }): Promise<{ claim: Claim; running: Running[] }> {
    return (await this.channel()).request('claim', { root, ...ask });
  }

  /**
   * Ends all that ran under earlier tokens: forward runs of the steps in `stop` are stopped, everything else is waited for. The claimant's
   * first request after `claim` when that answered `running`; the host refuses its starts and undos (`undrained`) before.
   */
  async drain(root: string, token: Token, stop: readonly { deployment: string; step: string }[] = []): Promise<(Running & { state: TaskState['state'] })[]> {
    const steps = stop.map(({ deployment, step }) => ({ deployment, step }));
    return (await (await this.channel()).request<{ drained: (Running & { state: TaskState['state'] })[] }>('drain', { root, ...token, stop: steps })).drained;
  }

  async close(root: string, token: Token, outcome: string, head?: object): Promise<Claim> {
    return (await this.channel()).request('close', { root, ...token, outcome, ...(head ? { head } : {}) });
  }

  /** Keeps out a claim of this holder's that is still on its way. One that is open already stays, and is to be closed; the claim as it is now. */
  async withdraw(root: string, holder: string, outcome: string): Promise<Claim | null> {
    return (await (await this.channel()).request<{ claim: Claim | null }>('withdraw', { root, holder, outcome })).claim;
  }

  async look(root: string): Promise<{ claim: Claim | null; head: { deployment?: string } | null; deployments: string[] }> {
    return (await this.channel()).request('look', { root });
  }

  async states(root: string, deployment: string): Promise<Record<string, TaskState>> {
    return (await this.channel()).request('states', { root, deployment });
  }

  /** Begins or adopts, and resolves when the run is over. `running` is told when it is under way. */
  async start(root: string, task: TaskRequest, running?: (event: Record<string, unknown>) => void): Promise<TaskState> {
    return (await this.channel()).request('start', this.#body(root, task), running);
  }

  /** `again`: begin a new undo run although the last one failed. `mode`: what to do with a forward run under way. */
  async undo(root: string, task: TaskRequest & { mode: 'finish' | 'stop'; again?: boolean }, running?: (event: Record<string, unknown>) => void): Promise<TaskState> {
    return (await this.channel()).request('undo', { ...this.#body(root, task), mode: task.mode, again: task.again ?? false }, running);
  }

  /** After it no forward run of the step is under way and none can begin, now or later. An undo under way is waited for. */
  async settle(root: string, ask: Token & { deployment: string; step: string; mode: 'finish' | 'stop' }): Promise<TaskState> {
    return (await this.channel()).request('settle', { root, ...ask });
  }

  /** Ends the run under way, forward or undo, with its whole process tree; the state then. */
  async stop(root: string, ask: Token & { deployment: string; step: string }): Promise<TaskState> {
    return (await this.channel()).request('stop', { root, ...ask });
  }

  /** Waits until nothing of the step is under way. */
  async wait(root: string, ask: { deployment: string; step: string }): Promise<TaskState> {
    return (await this.channel()).request('wait', { root, ...ask });
  }

  async store(root: string, token: Token, deployment: string, files: Record<string, { content: string; mode?: number }>): Promise<void> {
    await (await this.channel()).request('store', { root, ...token, deployment, files });
  }

  async fetch(root: string, deployment: string, file: string): Promise<string> {
    return (await (await this.channel()).request<{ content: string }>('fetch', { root, deployment, file })).content;
  }

  /**
   * A read-only script outside the ledger; `secrets` become shell variables that are not exported. At most 1 MB of output is kept; `cut` says there
   * was more. `code` null: it took longer than `limit` seconds, or `signal` ended it there.
   */
  async read(script: string, limit = 30, secrets: Readonly<Record<string, string>> = {}, signal?: AbortSignal): Promise<{ code: number | null; stdout: string; stderr: string; cut: boolean }> {
    return (await this.channel()).read({ script, limit, ...(Object.keys(secrets).length > 0 ? { secrets } : {}) }, signal);
  }

  /** The kept channel, made at the first need and again after a loss; callers at the same moment share one attempt. */
  channel(): Promise<HelperChannel> {
    const connect = (): Promise<HelperChannel> => this.#connect();
    this.#channel = this.#channel ? this.#channel.then((kept) => (kept.open ? kept : connect()), connect) : connect();
    return this.#channel;
  }

  async disconnect(): Promise<void> {
    const kept = this.#channel && (await this.#channel.catch(() => undefined));
    kept?.close();
    this.#channel = undefined;
  }

  async #connect(): Promise<HelperChannel> {
    const client = await connectSsh(this.options);
    try {
      return await HelperChannel.start(this.name, client, this.helper, this.options.state, this.options.sudo);
    } catch (error) {
      client.end();
      throw error;
    }
  }

  #body(root: string, task: TaskRequest): object {
    const { command, ...rest } = task;
    const sha256 = createHash('sha256').update(command.script).digest('hex');
    const { script, user, cwd, env } = command;
    return { root, ...rest, script, sha256, ...(user ? { user } : {}), ...(cwd ? { cwd } : {}), env: { ...env, STERNWAY_DEPLOYMENT: task.deployment } };
  }
}
