import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../config/user-error';
import { isExecutable } from './find-executable';
import { freePort, isFree } from './ports';
import { serverArguments } from './server-command';
import { startServerProcess, type ServerProcess } from './server-process';
import { portTaken, untilReady } from './server-ready';

export interface LocalServerOptions {
  /** The Temporal CLI; see find-executable.ts. */
  executable: string;
  /** SQLite file that holds everything, made with its directory when missing. Without it all is lost when the server ends. */
  dataFile?: string;
  /** Port on 127.0.0.1; a free one when absent or 0. */
  port?: number;
  /** As `port`, for the web UI. */
  uiPort?: number;
  namespace?: 'default';
  /** What the server prints is appended here; without it only the end is kept, for error messages. */
  logFile?: string;
  /** The web UI, by default on. */
  ui?: boolean;
}

export interface LocalServer {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** `http://127.0.0.1:<port>`, or null without the UI. */
  readonly uiUrl: string | null;
  readonly pid: number;
  /** Settles when the server has ended, for whatever reason, with what ended it: `code 0`, `signal SIGKILL`. */
  readonly ended: Promise<string>;
  /** Ends it and waits until it has. */
  stop(): Promise<void>;
  /** SIGKILL, without waiting: for fault tests. */
  kill(): void;
}

/** A server that has not ended this many milliseconds after SIGTERM (1 to 3 s are usual) is killed: its file bears that. */
const grace = 10_000;

/**
 * Starts a Temporal development server on 127.0.0.1 and returns when its namespace answers, Sternway's search attributes can
 * be used, and its UI (if any) listens. It ends at the latest with this process.
 * @throws UserError when the program is missing, a port is taken, the data file is in use, or the server cannot start
 */
export async function startLocalServer(options: LocalServerOptions): Promise<LocalServer> {
  if (!isExecutable(options.executable)) {
    throw new UserError(`There is no Temporal CLI at ${options.executable}: run \`node tools/prepare.mjs temporal\`, or set STERNWAY_TEMPORAL_BIN to it.`);
  }
  const ports = {
    grpc: await portFor(options.port, 'the Temporal server'),
    ui: (options.ui ?? true) ? await portFor(options.uiPort, "Temporal's web UI") : undefined,
    own: await freePort(),
  };
  const dataFile = prepared(options.dataFile);
  const logFile = prepared(options.logFile);
  // With nothing to keep there is nothing to wait for.
  const lastSignal = dataFile === undefined ? 'SIGKILL' : 'SIGTERM';
  const server = startServerProcess([path.resolve(options.executable), ...serverArguments(ports, dataFile)], { logFile, lastSignal });
  try {
    await untilReady(server, options.namespace ?? 'default', { ports, dataFile, logFile });
  } catch (error) {
    server.signal('SIGKILL');
    await server.ended;
    throw error;
  }
  return {
    address: `127.0.0.1:${ports.grpc}`,
    uiUrl: ports.ui === undefined ? null : `http://127.0.0.1:${ports.ui}`,
    pid: server.pid,
    ended: server.ended,
    stop: () => end(server, lastSignal),
    kill: () => server.signal('SIGKILL'),
  };
}

async function portFor(wanted: number | undefined, what: string): Promise<number> {
  if (!wanted) return freePort();
  if (!(await isFree(wanted))) throw portTaken(wanted, what);
  return wanted;
}

/** The absolute path, its directory made; what lies there is for us alone. */
function prepared(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const absolute = path.resolve(file);
  try {
    mkdirSync(path.dirname(absolute), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new UserError(`The directory of ${absolute} cannot be made (${(error as NodeJS.ErrnoException).code}): choose another place.`);
  }
  return absolute;
}

async function end(server: ServerProcess, signal: NodeJS.Signals): Promise<void> {
  server.signal(signal);
  const impatient = setTimeout(() => server.signal('SIGKILL'), grace);
  await server.ended.finally(() => clearTimeout(impatient));
}
