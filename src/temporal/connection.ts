import { once } from 'node:events';
import net from 'node:net';
import { Client, Connection, type ConnectionLike } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { UserError } from '../config/user-error';
import { connectionSettings, hostAndPort, type ConnectionOverrides, type ConnectionSettings } from './connection-settings';
import { dataConverter } from './converter';
import { hasStatus } from './grpc-status';

/** In milliseconds, for everything from the first packet to the namespace's answer. */
const limit = 4000;

/**
 * A connection of its own, back within 2 s of the server's return. By default a process shares its connections, and a server
 * that was gone for half a minute is not tried again for as long, by whoever comes anew either.
 */
export const ownConnection = { 'grpc.use_local_subchannel_pool': 1, 'grpc.max_reconnect_backoff_ms': 2000 };

/** For Worker.create as it is. */
export interface WorkerConnection {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly dataConverter: DataConverter;
}

/**
 * A client for the namespace that the settings name; close it with `client.connection.close()`.
 * @throws UserError within 5 s when the settings are wrong, the server does not answer or refuses us, or has no such namespace
 */
export async function connectClient(overrides?: ConnectionOverrides): Promise<Client> {
  const settings = connectionSettings(overrides);
  const converter = dataConverter();
  const connection = await reach(settings, () => Connection.connect({ ...settings.options, channelArgs: ownConnection, connectTimeout: limit }));
  return new Client({ connection, namespace: settings.namespace, dataConverter: converter });
}

/** As {@link connectClient}, for a worker; close it with `connection.close()` once the worker has ended. */
export async function connectWorker(overrides?: ConnectionOverrides): Promise<WorkerConnection> {
  const settings = connectionSettings(overrides);
  const converter = dataConverter();
  // The worker's package takes as long to load as all the rest; commands that are only clients do without.
  const { NativeConnection } = await import('@temporalio/worker');
  const connection = await reach(settings, () => NativeConnection.connect(settings.options));
  return { connection, namespace: settings.namespace, dataConverter: converter };
}

async function reach<C extends ConnectionLike>(settings: ConnectionSettings, connect: () => Promise<C>): Promise<C> {
  const deadline = Date.now() + limit;
  try {
    await knock(settings.address);
    const connection = await inTime(connect(), deadline);
    try {
      await connection.withDeadline(deadline, () => connection.workflowService.describeNamespace({ namespace: settings.namespace }));
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  } catch (error) {
    throw explained(error, settings);
  }
}

/** A refused connection is known at once; the SDK would try again until its time is up. */
async function knock(address: string): Promise<void> {
  // Through a proxy, only the proxy knows the way.
  if (['grpc_proxy', 'https_proxy', 'http_proxy'].some((name) => process.env[name])) return;
  const { host, port } = hostAndPort(address);
  const socket = net.connect({ host: host.replace(/^\[|\]$/g, ''), port });
  socket.setTimeout(limit, () => socket.destroy(new Error(`no connection within ${limit / 1000} s`)));
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

async function inTime<C extends ConnectionLike>(connecting: Promise<C>, deadline: number): Promise<C> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it accepts connections but does not answer')), deadline - Date.now());
  });
  try {
    return await Promise.race([connecting, late]);
  } catch (error) {
    // Should it come after all, nobody wants it any more.
    connecting.then((connection) => connection.close()).catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function explained(error: unknown, { address, namespace }: ConnectionSettings): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error;
  if (hasStatus(error, 'NOT_FOUND')) {
    return new UserError(`The Temporal server at ${address} has no namespace ${JSON.stringify(namespace)}: create it (\`temporal operator namespace create ${namespace}\`), or set TEMPORAL_NAMESPACE.`);
  }
  if (hasStatus(error, 'UNAUTHENTICATED', 'PERMISSION_DENIED')) {
    return new UserError(`The Temporal server at ${address} refuses us the namespace ${JSON.stringify(namespace)}: check TEMPORAL_API_KEY or the client certificate (TEMPORAL_TLS_CLIENT_CERT_PATH), and TEMPORAL_NAMESPACE.`);
  }
  const reason = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? 'nothing listens there' : error.message;
  return new UserError(`The Temporal server at ${address} cannot be reached (${reason}): start one with \`sternway server\`, or set TEMPORAL_ADDRESS and, where it asks for it, TEMPORAL_TLS to those of yours.`);
}
