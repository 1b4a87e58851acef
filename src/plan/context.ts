import type { Settings } from '../config/schema';
import { seconds } from '../config/units';
import type { Database } from '../commands/database';
import { databaseOf } from '../commands/database-of';
import type { Migrations } from '../commands/migrations';
import type { Runner } from '../commands/django';
import type { Aim, HostPlan } from './host-plan';
import type { Outside, OutsideProbe } from './plan';
import type { ProbeDocuments } from './probes/documents';

/** How a strategy runs the app, for the lines that all strategies share. */
export interface Runtime {
  /** `manage.py` of the new release while it does not serve yet; null: the app has none. */
  readonly once: (host: HostPlan) => Runner | null;
  readonly migrations: (host: HostPlan) => Migrations;
}

/** What every line of a plan is made from. */
export interface Context {
  readonly s: Settings;
  readonly aim: Aim;
  readonly outside: { readonly fresh: readonly OutsideProbe[]; readonly before: readonly OutsideProbe[] };
  readonly site: Outside;
  /** Seconds, by the names of `timeouts`. */
  readonly time: Readonly<Record<keyof Settings['timeouts'], number>>;
  /** Seconds that a check of a started release may take. */
  readonly checkTime: number;
  readonly database: Database | null;
  readonly state: string;
  /** Files of one deployment on a host. */
  readonly files: (host: HostPlan) => { readonly trial: string; readonly dump: string; readonly schema: string; readonly kind: string; readonly migrated: string; readonly started: string; readonly opened: string };
  readonly documents: (host: HostPlan) => ProbeDocuments;
}

export function timesOf(s: Settings): Context['time'] {
  return Object.fromEntries(Object.entries(s.timeouts).map(([name, value]) => [name, seconds(value)])) as Context['time'];
}

/** The database as commands, on hosts where the app is at `paths.app`; null: the app has none. */
export function databaseIn(s: Settings): Database | null {
  if (!s.database) return null;
  const { engine, file, connection } = s.database;
  if (engine === 'sqlite') return databaseOf({ engine, file: `${s.paths.app}/${file ?? ''}` });
  const names = { host: { env: 'DB_HOST' }, port: { env: 'DB_PORT' }, name: { env: 'DB_NAME' }, user: { env: 'DB_USER' }, password: { env: 'DB_PASSWORD' } };
  return databaseOf({ engine, env_file: `${s.paths.app}/${s.env.file}`, connection: connection ? partsOf(connection) : names });
}

/** Where the proven dumps of a deployment lie. */
export function dumpFile(folder: string, database: Database, name: 'database' | 'trial' = 'database'): string {
  return `${folder}/backup/${name}.${database.suffix}`;
}

/** Made before the new release is started. */
export function startedMark(folder: string): string {
  return `${folder}/marks/started`;
}

export function filesIn(database: Database | null): Context['files'] {
  return ({ folder }) => ({
    trial: database ? dumpFile(folder, database, 'trial') : '', dump: database ? dumpFile(folder, database) : '', schema: `${folder}/backup/schema.json`,
    kind: `${folder}/marks/schema`, migrated: `${folder}/marks/migrated`, started: startedMark(folder), opened: `${folder}/marks/opened`,
  });
}

type Given = { readonly env?: string | undefined; readonly value?: string | undefined };

function partsOf(connection: NonNullable<NonNullable<Settings['database']>['connection']>) {
  const part = ({ env, value }: Given): { env: string } | { value: string } => (env === undefined ? { value: value ?? '' } : { env });
  const { host, port, name, user, password } = connection;
  return { host: part(host), port: part(port), name: part(name), user: part(user), password };
}
