import type { Client } from '@temporalio/client';
import { hasStatus } from './grpc-status';
import { registerSearchAttributes } from './register-search-attributes';

/** A namespace that has never seen Sternway lacks its search attributes: they are added, and it is asked again. */
export async function withAttributes<T>(client: Client, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!hasStatus(error, 'INVALID_ARGUMENT')) throw error;
    await registerSearchAttributes(client.connection, client.options.namespace);
    return await ask();
  }
}
