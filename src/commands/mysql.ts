import type { Connection, Database } from './database';
import { python } from './migrations';
import { ASK, DUMP, PROVE, RESTORABLE, RESTORE, SCRATCH } from './mysql-programs';
import { sh, type RemoteCommand } from './remote-command';

/** MySQL 8 and MariaDB, by their own client programs on the host. `env_file`: the app's `.env`, absolute. */
export function mysqlDatabase(env_file: string, connection: Connection): Database {
  const run = (program: string, more: object): RemoteCommand => sh([python(program, { env_file, connection, ...more })]);
  return {
    suffix: 'sql.gz',
    dump: (to, { frozen }) => run(DUMP, { to, frozen }),
    prove: (from) => sh([python(PROVE, { from })]),
    restorable: () => run(RESTORABLE, {}),
    restore: (from) => run(RESTORE, { from }),
    scratchRestore: (from) => run(SCRATCH, { from }),
    ping: () => run(ASK, { what: 'ping' }),
    count: (table) => run(ASK, { what: 'count', table }),
    threads: () => run(ASK, { what: 'threads' }),
    loss: (from) => run(ASK, { what: 'loss', from }),
  };
}
