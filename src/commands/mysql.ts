import type { Connection, Database } from './database';
import * as programs from './mysql-programs';
import { serverDatabase } from './server-database';

/** MySQL 8 and MariaDB, by their own client programs on the host. `env_file`: the app's `.env`, absolute. */
export function mysqlDatabase(env_file: string, connection: Connection): Database {
  return serverDatabase(programs, 'sql.gz', env_file, connection);
}
