import type { Connection, Database } from './database';
import { python } from './migrations';
import { sh, type RemoteCommand } from './remote-command';

/** The Python programs of an engine with a server of its own; each takes one JSON document. */
export interface EnginePrograms {
  readonly DUMP: string;
  readonly PROVE: string;
  readonly RESTORABLE: string;
  readonly RESTORE: string;
  readonly SCRATCH: string;
  readonly ASK: string;
}

/** A database behind a server, by its programs. `env_file`: the app's `.env`, absolute. */
export function serverDatabase(programs: EnginePrograms, suffix: string, env_file: string, connection: Connection): Database {
  const run = (program: string, more: object): RemoteCommand => sh([python(program, { env_file, connection, ...more })]);
  return {
    suffix,
    dump: (to, { frozen }) => run(programs.DUMP, { to, frozen }),
    prove: (from) => sh([python(programs.PROVE, { from })]),
    restorable: () => run(programs.RESTORABLE, {}),
    restore: (from) => run(programs.RESTORE, { from }),
    scratchRestore: (from, beside) => run(programs.SCRATCH, { from, ...(beside ? { beside } : {}) }),
    ping: () => run(programs.ASK, { what: 'ping' }),
    count: (table) => run(programs.ASK, { what: 'count', table }),
    threads: () => run(programs.ASK, { what: 'threads' }),
    loss: (from) => run(programs.ASK, { what: 'loss', from }),
  };
}
