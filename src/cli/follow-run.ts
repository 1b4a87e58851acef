import { RunState, type RunRef, type Sternway } from '../client';
import { duration } from '../report/time';
import type { Context } from './context';
import { EXIT, exitFor, type ExitCode } from './exit-codes';
import type { Renderer } from './render/renderer';
import { isInteractive, rendererFor, stderr } from './screen';

export interface FollowOptions {
  readonly json: boolean;
  /** Seconds after which it is no longer followed. */
  readonly timeout?: number | undefined;
  /** What whoever follows wants to come of it; absent: what the run itself is for. */
  readonly wish?: 'deploy' | 'rollback';
  /** Told of the end before the exit code is made; another run to go on with, or undefined. */
  readonly onEnd?: (state: RunState) => Promise<RunRef | undefined>;
}

/** Milliseconds without a sign of a worker after which its absence is said. */
const SILENCE = 3_000;

/**
 * Shows a run until it ends, waits for a person with nobody there to ask, or is followed no longer: a signal, the time limit, a
 * closed pipe. None of these touches the run. Returns the exit code.
 */
export async function followRun(sternway: Sternway, context: Context, run: RunRef, options: FollowOptions): Promise<ExitCode> {
  const renderer = rendererFor(context.command, options.json);
  const stop = new Stopping(options.timeout);
  try {
    for (let next: RunRef | undefined = run; next; ) {
      const state = new RunState();
      const code = await show(sternway, next, state, renderer, stop, options);
      if (code !== undefined) return code;
      if (!state.ended) return leave(renderer, stop, context);
      next = await options.onEnd?.(state);
      if (!next) return exitFor(state.ended, options.wish ?? (state.started?.workflow === 'rollback' ? 'rollback' : 'deploy'));
    }
    return EXIT.running;
  } finally {
    renderer.close();
    stop.close();
  }
}

/** A code where following ends before the run does and not by a stop. */
async function show(sternway: Sternway, run: RunRef, state: RunState, renderer: Renderer, stop: Stopping, options: FollowOptions): Promise<ExitCode | undefined> {
  const watch = watchForWorker(sternway, state, renderer);
  let away = false;
  const onTrouble = (error: unknown): void => {
    if ((error !== undefined) === away) return;
    away = error !== undefined;
    renderer.notice(away ? 'the Temporal server does not answer; waiting for it (the run goes on where it can)' : 'the Temporal server answers again');
  };
  try {
    for await (const event of sternway.follow(run, { signal: stop.signal, onTrouble })) {
      state.apply(event);
      renderer.event(event, state);
      // The question may be an old one, answered since: what has happened up to now decides.
      if (event.type === 'waiting' && (options.json || !isInteractive()) && (await sternway.state(run)).waiting) return EXIT.blocked;
      if (event.type === 'ended') return undefined;
      if (stop.signal.aborted) return undefined;
    }
    return undefined;
  } finally {
    clearTimeout(watch);
  }
}

function leave(renderer: Renderer, stop: Stopping, { command }: Context): ExitCode {
  renderer.close();
  if (stop.why === 'pipe') return EXIT.running;
  const lines = [`${stop.sentence}; it goes on without us.`, `  ${command('follow')}`, '      to follow it again', `  ${command('rollback')}`, '      to turn it back'];
  stderr.write(`\n${lines.join('\n')}\n`);
  return EXIT.running;
}

function watchForWorker(sternway: Sternway, state: RunState, renderer: Renderer): NodeJS.Timeout {
  const look = async (): Promise<void> => {
    if (state.stages.size > 0 || state.running.size > 0 || state.plan || state.ended) return;
    if (!(await sternway.hasWorkers())) renderer.notice('no worker asks for work, so nothing goes on: start one with sternway worker (or sternway server)');
  };
  // Only advice: when the server is away, following says so itself.
  return setTimeout(() => void look().catch(() => undefined), SILENCE);
}

/** Why following ends before what is followed does. */
export class Stopping {
  why: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'time' | 'pipe' | undefined;
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #onSignal = (name: NodeJS.Signals): void => this.#stop(name as 'SIGINT');
  readonly #onPipe = (): void => this.#stop('pipe');

  constructor(private readonly timeout: number | undefined) {
    for (const name of SIGNALS) process.on(name, this.#onSignal);
    process.stdout.on('error', this.#onPipe);
    if (timeout !== undefined) this.#timer = setTimeout(() => this.#stop('time'), timeout * 1000);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get sentence(): string {
    return this.why === 'time' ? `No longer followed after ${duration(this.timeout ?? 0)}` : 'No longer followed';
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const name of SIGNALS) process.off(name, this.#onSignal);
    process.stdout.off('error', this.#onPipe);
  }

  #stop(why: NonNullable<Stopping['why']>): void {
    // Asked twice, whatever it is that still holds us up.
    if (this.why !== undefined && why !== 'time') process.exit(EXIT.running);
    this.why ??= why;
    this.#abort.abort();
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
