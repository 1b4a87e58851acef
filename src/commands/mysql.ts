import type { Connection, Database } from './database';
import { ASK, DUMP, PROVE } from './mysql-programs';
import { RESTORABLE, RESTORE, SCRATCH } from './mysql-restore';
import { serverDatabase } from './server-database';

/** MySQL 8 and MariaDB, by their own client programs on the host. `env_file`: the app's `.env`, absolute. */
export function mysqlDatabase(env_file: string, connection: Connection): Database {
  return serverDatabase({ DUMP, PROVE, RESTORABLE, RESTORE, SCRATCH, ASK }, 'sql.gz', env_file, connection);
}
