import type { RemoteCommand } from './remote-command';

/** A part of a connection: the value of a name in the app's `.env`, read on the host when the command runs, or a plain value. */
export type Part = { readonly env: string } | { readonly value: string };

export interface Connection {
  readonly host: Part;
  readonly port: Part;
  readonly name: Part;
  readonly user: Part;
  /** Only ever read on the host: a password in a plan would be in its history, too. */
  readonly password: { readonly env: string };
}

/** Which database an app has, and how a host reaches it. Paths are absolute and on the host. */
export type DatabaseSettings =
  | { readonly engine: 'sqlite'; readonly file: string }
  | { readonly engine: 'mysql' | 'postgres'; readonly env_file: string; readonly connection: Connection };

/**
 * What Sternway needs of a database, whatever its engine. Every command runs as root on a host that reaches the database, and ends with
 * one sentence on stderr and a code other than 0 when it cannot keep its promise.
 */
export interface Database {
  /** Ending of a dump's file name, for people: `sqlite3`, `sql.gz`, `pgdump`. */
  readonly suffix: string;
  /**
   * A dump at `to` (absolute), proven, with its checksum in `<to>.sha256`; mysql and postgres also keep what it holds in `<to>.json`
   * (`DumpRecord`). `frozen`: all writers have stopped, so it must hold exactly the rows that the database holds. Replaces an older one by rename.
   */
  dump(to: string, how: { readonly frozen: boolean }): RemoteCommand;
  /** Reads the dump at `from` from end to end and compares it with what is recorded beside it. Needs no server. */
  prove(from: string): RemoteCommand;
  /** Whether this account could restore here at all: its rights and the programs that a restore needs. Changes nothing that stays. */
  restorable(): RemoteCommand;
  /** The database as the dump at `from` has it, tables of later migrations gone. Refuses while it is in use. May run again after any end. */
  restore(from: string): RemoteCommand;
  /** The dump loaded into an empty place beside, its tables and rows compared with the record, and everything removed again. `beside`: what the place is called behind the database's own name. */
  scratchRestore(from: string, beside?: string): RemoteCommand;
  /** Passes when the database answers a query with these credentials. */
  ping(): RemoteCommand;
  /** Prints the number of rows of one table. */
  count(table: string): RemoteCommand;
  /** Prints `{"connected": n, "peak": n | null, "limit": n}` as JSON; undefined for a database without a server. */
  threads(): RemoteCommand | undefined;
  /** Prints one number: how many rows the tables hold beyond those in the dump at `from`. */
  loss(from: string): RemoteCommand;
}

/** `<dump>.json`, for those who copy a dump away or compare it later. */
export interface DumpRecord {
  readonly engine: 'mysql' | 'postgres';
  /** The server's own version string. */
  readonly server: string;
  /** Name of the database. */
  readonly name: string;
  /** UTC, `20261122T031500Z`. */
  readonly at: string;
  readonly frozen: boolean;
  readonly bytes: number;
  /** Of the file as it lies there, hex. */
  readonly sha256: string;
  /** Rows in the dump by table (postgres: `schema.table`). */
  readonly tables: Readonly<Record<string, number>>;
}
