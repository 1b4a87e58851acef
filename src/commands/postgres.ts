import type { Connection, Database } from './database';
import { ASK, DUMP, PROVE } from './postgres-programs';
import { RESTORABLE, RESTORE, SCRATCH } from './postgres-restore';
import { serverDatabase } from './server-database';

/** PostgreSQL 12 and newer, by its own client programs on the host. `env_file`: the app's `.env`, absolute. */
export function postgresDatabase(env_file: string, connection: Connection): Database {
  return serverDatabase({ DUMP, PROVE, RESTORABLE, RESTORE, SCRATCH, ASK }, 'pgdump', env_file, connection);
}
