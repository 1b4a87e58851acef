import type { Deps } from '../activities/deps';
import type { ConnectionOverrides } from '../temporal/connection-settings';
import type { Context } from './context';
import { loadLogger, loadWorker } from './lazy';

/** Runs with connections to the hosts, as a worker has them; closes them whatever happens. `where`: the Temporal server, for those who ask it. */
export async function withHosts<T>(context: Context, work: (deps: Deps) => Promise<T>, where: ConnectionOverrides = {}): Promise<T> {
  const [{ workerDeps }, { createLogger }] = await Promise.all([loadWorker(), loadLogger()]);
  const deps = workerDeps(context.config.file, createLogger({ level: 'error' }), where);
  try {
    return await work(deps);
  } finally {
    await deps.disconnect();
  }
}
