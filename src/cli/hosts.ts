import type { Deps } from '../activities/deps';
import type { Context } from './context';
import { loadLogger, loadWorker } from './lazy';

/** Runs with connections to the hosts, as a worker has them; closes them whatever happens. */
export async function withHosts<T>(context: Context, work: (deps: Deps) => Promise<T>): Promise<T> {
  const [{ workerDeps }, { createLogger }] = await Promise.all([loadWorker(), loadLogger()]);
  const deps = workerDeps(context.config.file, createLogger({ level: 'error' }));
  try {
    return await work(deps);
  } finally {
    await deps.disconnect();
  }
}
