import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join, resolve } from 'node:path';

const BUILT = resolve(__dirname, '../../dist/worker.js');

/** Two workers in processes of their own, of which one may be killed at any time: the other goes on while a third is being started. */
export class Workers {
  readonly #living = new Map<number, ChildProcess>();
  #starting: Promise<unknown> = Promise.resolve();

  constructor(private readonly where: { config: string; address: string; folder: string; points: string; environment?: Readonly<Record<string, string>> }) {}

  /** Resolves when both poll. */
  async start(): Promise<void> {
    await Promise.all([this.#add(), this.#add()]);
  }

  get pids(): number[] {
    return [...this.#living.keys()];
  }

  /** SIGKILL; another takes its place by and by. */
  kill(pid: number): void {
    const worker = this.#living.get(pid);
    if (!worker) throw new Error(`${pid} is none of our workers: ${this.pids.join(', ')}`);
    this.#living.delete(pid);
    worker.kill('SIGKILL');
    this.#starting = Promise.all([this.#starting, this.#add()]);
  }

  /** SIGSTOP; another takes its place by and by. The function that it gives lets it go on, and so it is none of the two any more. */
  freeze(pid: number): { goOn: () => void; end: () => Promise<void> } {
    const worker = this.#living.get(pid);
    if (!worker) throw new Error(`${pid} is none of our workers: ${this.pids.join(', ')}`);
    this.#living.delete(pid);
    worker.kill('SIGSTOP');
    this.#starting = Promise.all([this.#starting, this.#add()]);
    const end = async (): Promise<void> => {
      worker.kill('SIGKILL');
      await once(worker, 'exit');
    };
    return { goOn: () => void worker.kill('SIGCONT'), end };
  }

  /** Resolves when there are two again. */
  async complete(): Promise<void> {
    await this.#starting;
  }

  async stop(): Promise<void> {
    await this.#starting.catch(() => undefined);
    for (const worker of this.#living.values()) {
      worker.kill('SIGKILL');
      await once(worker, 'exit');
    }
    this.#living.clear();
  }

  async #add(): Promise<void> {
    const { config, address, folder, points, environment } = this.where;
    // It must not outlive us, however we end.
    const script = `process.on('disconnect', () => process.exit(1)); require(${JSON.stringify(BUILT)}).runWorker(${JSON.stringify({ config, address })}).then((w) => { process.send('ready'); return w.run; })`;
    const log = openSync(join(folder, 'workers.log'), 'a');
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', log, log, 'ipc'], env: { ...process.env, ...environment, STERNWAY_FAILPOINTS: points } });
    await new Promise<void>((ready, reject) => {
      child.once('message', () => ready());
      child.once('exit', (code) => reject(new Error(`the worker ended with ${code} before it was ready: see ${folder}/workers.log`)));
    });
    this.#living.set(child.pid ?? 0, child);
  }
}
