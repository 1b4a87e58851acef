import { setTimeout as pause } from 'node:timers/promises';
import type { ConnectionLike } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { hasStatus } from './grpc-status';
import { searchAttributes } from './search-attributes';

const { INDEXED_VALUE_TYPE_KEYWORD } = temporal.api.enums.v1.IndexedValueType;
const names = searchAttributes.map(({ name }) => name);

/**
 * Makes Sternway's search attributes known to the namespace where they are missing, and returns once they can be used.
 * Done by request, not by the development server's flags: those have no effect on a data file from an earlier version.
 * @param limit in milliseconds
 * @throws a gRPC error where the operator service is closed to us, as on a managed cloud: there its own console adds them
 */
export async function registerSearchAttributes(connection: ConnectionLike, namespace: string, limit = 10_000): Promise<void> {
  const deadline = Date.now() + limit;
  await connection.withDeadline(deadline, async () => {
    const known = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = names.filter((name) => known.customAttributes[name] === undefined);
    if (missing.length > 0) await add(connection, namespace, missing);
    // The server reads them through a cache of its own, so only a query shows that they can be used.
    while (!(await canBeQueried(connection, namespace))) {
      if (Date.now() > deadline) throw new Error(`The search attributes ${names.join(', ')} cannot be used ${limit} ms after they were added to ${namespace}`);
      await pause(20);
    }
  });
}

async function add(connection: ConnectionLike, namespace: string, missing: string[]): Promise<void> {
  const types = Object.fromEntries(missing.map((name) => [name, INDEXED_VALUE_TYPE_KEYWORD]));
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: types });
  } catch (error) {
    // Somebody else was quicker.
    if (!hasStatus(error, 'ALREADY_EXISTS')) throw error;
  }
}

async function canBeQueried(connection: ConnectionLike, namespace: string): Promise<boolean> {
  const query = names.map((name) => `${name} = "none"`).join(' AND ');
  try {
    await connection.workflowService.countWorkflowExecutions({ namespace, query });
    return true;
  } catch (error) {
    if (hasStatus(error, 'INVALID_ARGUMENT')) return false;
    throw error;
  }
}
