import type { Connection, Database } from './database';
import * as programs from './postgres-programs';
import { serverDatabase } from './server-database';

/** PostgreSQL 12 and newer, by its own client programs on the host. `env_file`: the app's `.env`, absolute. */
export function postgresDatabase(env_file: string, connection: Connection): Database {
  return serverDatabase(programs, 'pgdump', env_file, connection);
}
