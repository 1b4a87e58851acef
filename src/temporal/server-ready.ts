import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { UserError } from '../config/user-error';
import { ownConnection } from './connection';
import { hasStatus } from './grpc-status';
import { answers, isFree } from './ports';
import { registerSearchAttributes } from './register-search-attributes';
import type { ServerPorts } from './server-command';
import type { ServerProcess } from './server-process';

const limit = 60_000;
const every = 20;

/** Where a server that could not start may have left its reasons. */
export interface Surroundings {
  readonly ports: ServerPorts;
  readonly dataFile: string | undefined;
  readonly logFile: string | undefined;
}

/**
 * Returns when the server listens, its namespace answers and Sternway's search attributes can be used.
 * @throws UserError when it ends before that, or is not ready within a minute
 */
export async function untilReady(server: ServerProcess, namespace: string, around: Surroundings): Promise<void> {
  try {
    await Promise.race([ready(server, namespace, around), server.ended]);
  } catch (error) {
    if (!server.hasEnded()) throw error;
  }
  // Whatever answered: when ours has ended, it was another's.
  if (server.hasEnded()) throw await whyEnded(await server.ended, server.output(), around);
}

async function ready(server: ServerProcess, namespace: string, { ports, logFile }: Surroundings): Promise<void> {
  const deadline = Date.now() + limit;
  const until = async (condition: () => Promise<boolean>): Promise<void> => {
    while (!(await condition()) && !server.hasEnded()) {
      if (Date.now() > deadline) throw new UserError(`The Temporal server is not ready after ${limit / 1000} s: ${whereToLook(server.output(), logFile)}.`);
      await pause(every);
    }
  };
  await until(() => answers(ports.own));
  await until(() => answers(ports.grpc));
  const { ui } = ports;
  if (ui !== undefined) await until(() => answers(ui));
  const connection = await Connection.connect({ address: `127.0.0.1:${ports.grpc}`, channelArgs: ownConnection, connectTimeout: limit });
  try {
    await until(() => namespaceAnswers(connection, namespace));
    await registerSearchAttributes(connection, namespace);
  } finally {
    await connection.close();
  }
}

async function namespaceAnswers(connection: Connection, namespace: string): Promise<boolean> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return true;
  } catch (error) {
    if (hasStatus(error, 'NOT_FOUND')) return false;
    throw error;
  }
}

async function whyEnded(how: string, output: string, { ports, dataFile, logFile }: Surroundings): Promise<UserError> {
  if (dataFile !== undefined && /SQLITE_BUSY|database is locked/.test(output)) {
    return new UserError(`${dataFile} is in use by another Temporal server: stop that one, or choose another data file.`);
  }
  if (!(await isFree(ports.grpc))) return portTaken(ports.grpc, 'the Temporal server');
  if (ports.ui !== undefined && !(await isFree(ports.ui))) return portTaken(ports.ui, "Temporal's web UI");
  return new UserError(`The Temporal server ended with ${how} before it was ready: ${whereToLook(output, logFile)}.`);
}

/** `what`: what was to listen there. */
export function portTaken(port: number, what: string): UserError {
  return new UserError(`Port ${port} of 127.0.0.1, meant for ${what}, is taken: stop what listens there (\`ss -ltnp 'sport = :${port}'\` shows it), or choose another port.`);
}

function whereToLook(output: string, logFile: string | undefined): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const said = lines.find((line) => /^(Error|panic|fatal error):/.test(line)) ?? lines.at(-1) ?? 'it printed nothing';
  return logFile === undefined ? said.trim() : `${said.trim()} (more in ${logFile})`;
}
