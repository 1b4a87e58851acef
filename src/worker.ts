import type { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from './activities';
import type { Deps } from './activities/deps';
import { currentConfig } from './config/current';
import { resolveEnvironment, splitInventory } from './config/environment';
import { loadConfig } from './config/load';
import type { Bastion, Host as ConfiguredHost } from './config/schema';
import { resolveSecret } from './config/secrets';
import { UserError } from './config/user-error';
import { Host } from './hosts/host';
import { readHelper } from './hosts/helper-files';
import type { SshTarget } from './hosts/ssh';
import { TASK_QUEUE } from './temporal/names';
import { workflowBundle } from './temporal/bundle';
import { connectClient, connectWorker } from './temporal/connection';
import type { ConnectionOverrides } from './temporal/connection-settings';
import { isEncrypting } from './temporal/converter';
import { createLogger } from './temporal/logger';

export interface WorkerOptions extends ConnectionOverrides {
  /** Path of the worker's own sternway.yml: inventory, keys and secrets come from here and from nowhere else. */
  readonly config: string;
  readonly log?: Logger;
  readonly taskQueue?: string;
  /** What it offers; by default all of src/activities. */
  readonly activities?: (deps: Deps) => object;
}

export interface RunningWorker {
  /** Settles when the worker has ended. */
  readonly run: Promise<void>;
  /** Asks it to end: steps under way go on on their hosts and are adopted by the next worker. */
  shutdown(): void;
}

/** Starts a worker that carries out deployments of one sternway.yml. @throws ConfigError, UserError when the server is out of reach */
export async function runWorker({ config, log = createLogger(), taskQueue = TASK_QUEUE, activities = createActivities, ...where }: WorkerOptions): Promise<RunningWorker> {
  loadConfig(config); // a mistake in the file shows now, not at the first deployment
  const { connection, namespace, dataConverter } = await connectWorker(where);
  const deps = workerDeps(config, log, where);
  const worker = await Worker.create({
    connection,
    namespace,
    dataConverter,
    taskQueue,
    workflowBundle: await workflowBundle({ encodeFailures: isEncrypting() }),
    activities: activities(deps),
    maxHeartbeatThrottleInterval: '1s',
    defaultHeartbeatThrottleInterval: '1s',
    shutdownGraceTime: '2s',
    // After a worker was killed its workflows would wait this long on a queue that nobody reads, with the site closed.
    stickyQueueScheduleToStartTimeout: '1s',
  });
  const run = worker.run().finally(async () => {
    await deps.disconnect();
    await connection.close();
  });
  return { run, shutdown: () => worker.shutdown() };
}

/**
 * The worker's inventory and kept connections: one per host and user, shared by everything that runs. `where`: its Temporal server; absent
 * where there is none.
 */
export function workerDeps(config: string, log: Logger, where?: ConnectionOverrides): Deps & { disconnect(): Promise<void> } {
  const helper = readHelper();
  const kept = new Map<string, Host>();
  let client: Promise<Client> | undefined;
  const current = currentConfig(config);
  return {
    log,
    environment: (_app, environment) => splitInventory(resolveEnvironment(current(), environment)),
    secret: (inventory, name) => resolveSecret(inventory, name),
    async temporal() {
      if (where === undefined) throw new UserError('there is no Temporal server here to ask');
      client ??= connectClient(where);
      try {
        return await client;
      } catch (error) {
        client = undefined;
        throw error;
      }
    },
    host(inventory, settings, name) {
      const entry = inventory.hosts[name];
      if (!entry) throw new RangeError(`${name} is not a host of ${inventory.app}/${inventory.environment}`);
      const options = { ...target(name, entry), state: settings.paths.state, sudo: entry.become === 'sudo' };
      const key = JSON.stringify(options);
      const host = kept.get(key) ?? new Host(options, helper);
      kept.set(key, host);
      return host;
    },
    async disconnect() {
      await Promise.all([...kept.values()].map((host) => host.disconnect()));
      kept.clear();
      await client?.then(({ connection }) => connection.close(), () => undefined);
    },
  };
}

function target(name: string, at: ConfiguredHost | Bastion): SshTarget {
  return {
    name, address: at.address, port: at.port, user: at.user, hostKey: at.host_key,
    ...(at.key ? { key: at.key } : {}), ...(at.agent ? { agent: true } : {}),
    ...('bastion' in at && at.bastion ? { bastion: target(`the bastion of ${name}`, at.bastion) } : {}),
  };
}
