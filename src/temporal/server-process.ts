import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

// Files that the server makes (its database holds histories) are for us alone; and where the system can do it, the kernel
// ends the server when we are killed without a chance to do it ourselves. The pid stays the same through both execs.
const launch = `umask 077
if setpriv --pdeathsig TERM true 2>/dev/null; then exec setpriv --pdeathsig TERM "$@"; fi
exec "$@"`;

const tailBytes = 8192;

export interface ServerProcess {
  readonly pid: number;
  /** Settles when the process has ended, with what ended it: `code 1`, `signal SIGKILL`. */
  readonly ended: Promise<string>;
  hasEnded(): boolean;
  /** The last of what it printed, at most 8 KB. */
  output(): string;
  signal(name: NodeJS.Signals): void;
}

/**
 * Starts a server in a process group of its own, so that Ctrl-C reaches only us and we decide when it ends; at the latest it
 * ends with us. `lastSignal`: what ends it then.
 */
export function startServerProcess(command: readonly string[], options: { logFile: string | undefined; lastSignal: NodeJS.Signals }): ServerProcess {
  const log = options.logFile === undefined ? undefined : openSync(options.logFile, 'a+', 0o600);
  const logStart = log === undefined ? 0 : fstatSync(log).size;
  const child = spawn('/bin/sh', ['-c', launch, 'sh', ...command], {
    detached: true,
    cwd: '/',
    stdio: log === undefined ? ['ignore', 'pipe', 'pipe'] : ['ignore', log, log],
    env: harmlessEnvironment(),
  });
  let tail = '';
  const keep = (chunk: Buffer) => (tail = (tail + chunk.toString()).slice(-tailBytes));
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);

  const { pid } = child;
  if (pid === undefined) {
    child.once('error', () => undefined);
    throw new Error('/bin/sh cannot be started');
  }
  remember(child, options.lastSignal);
  let hasEnded = false;
  const ended = new Promise<string>((resolve) => {
    child.once('close', (code, signal) => {
      hasEnded = true;
      forget(child);
      if (log !== undefined) {
        tail = lastOf(log, logStart);
        closeSync(log);
      }
      resolve(signal === null ? `code ${code}` : `signal ${signal}`);
    });
  });
  return {
    pid,
    ended,
    hasEnded: () => hasEnded,
    output: () => (log === undefined || hasEnded ? tail : lastOf(log, logStart)),
    signal: (name) => void child.kill(name),
  };
}

/** Nothing of ours but what a program needs: no keys, and no TEMPORAL_* meant for clients. */
function harmlessEnvironment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}

function lastOf(file: number, from: number): string {
  const size = fstatSync(file).size;
  const start = Math.max(from, size - tailBytes);
  const buffer = Buffer.alloc(size - start);
  readSync(file, buffer, 0, buffer.length, start);
  return buffer.toString();
}

const living = new Map<ChildProcess, NodeJS.Signals>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function remember(child: ChildProcess, lastSignal: NodeJS.Signals): void {
  if (living.size === 0) {
    process.on('exit', endAll);
    for (const name of signals) process.on(name, onSignal);
  }
  living.set(child, lastSignal);
}

function forget(child: ChildProcess): void {
  living.delete(child);
  if (living.size > 0) return;
  process.off('exit', endAll);
  for (const name of signals) process.off(name, onSignal);
}

function endAll(): void {
  for (const [child, lastSignal] of living) child.kill(lastSignal);
}

function onSignal(name: NodeJS.Signals): void {
  // Whoever else listens (a worker that drains, a command that only stops following) decides when this process ends, and
  // 'exit' ends the servers then. Alone, we do what the signal would have done without us.
  if (process.listenerCount(name) > 1) return;
  endAll();
  for (const each of signals) process.off(each, onSignal);
  process.kill(process.pid, name);
}
