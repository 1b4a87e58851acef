import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { createActivities } from '../src/activities';
import { createLogger } from '../src/temporal/logger';
import { runWorker } from '../src/worker';
import { trivialPlan } from './plan';

interface Where {
  readonly config: string;
  readonly address: string;
}

/** A worker in a process of its own, as `sternway worker` is one, so that its CPU time is nobody else's. */
export interface BenchWorker {
  readonly pid: number;
  /** CPU time so far, in milliseconds. */
  cpu(): Promise<number>;
  end(): Promise<void>;
}

const LOADER = pathToFileURL(resolve(__dirname, '../tools/lib/typescript.mjs')).href;

export async function startBenchWorker(where: Where): Promise<BenchWorker> {
  const script = `import(${JSON.stringify(LOADER)}).then(({ load }) => load('bench/worker.ts').work(${JSON.stringify(where)}))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit').then(() => undefined);
  if ((await answer(child, ended)) === undefined || child.pid === undefined) throw new Error('the worker ended before it was ready (see above)');
  return {
    pid: child.pid,
    async cpu() {
      child.send('cpu');
      const spent = await answer(child, ended);
      if (spent === undefined) throw new Error('the worker ended (see above)');
      return spent;
    },
    async end() {
      child.send('end');
      await ended;
    },
  };
}

/** The next number that it sends; undefined when it ended instead. */
function answer(child: ChildProcess, ended: Promise<undefined>): Promise<number | undefined> {
  return Promise.race([once(child, 'message').then(([value]) => value as number), ended]);
}

/** In the worker's process: the real worker, whose plans alone are not read from the host. */
export async function work({ config, address }: Where): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const worker = await runWorker({
    config, address, log: createLogger({ level: 'warn' }),
    activities: (deps) => ({
      ...createActivities(deps),
      preparePlan: async ({ operation }: { operation: { app: string; environment: string; deployment: string } }) => {
        const { settings, inventory } = deps.environment(operation.app, operation.environment);
        return trivialPlan(settings, operation.deployment, Object.keys(inventory.hosts)[0] ?? '');
      },
    }),
  });
  const tell = (): void => {
    const { user, system } = process.cpuUsage();
    process.send?.((user + system) / 1000);
  };
  process.on('message', (asked) => (asked === 'end' ? process.disconnect() : tell()));
  // Also when the bench is gone without a word.
  process.once('disconnect', () => worker.shutdown());
  tell();
  await worker.run;
}
