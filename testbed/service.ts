import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accepts } from './accepts';
import { namespaceOf } from './network';
import { NspawnHost } from './nspawn-host';
import type { TargetHost } from './target-host';
import { until } from './wait';

/** A program that a test runs on this machine, or beside a host: in that host's network, and otherwise apart from it. */
export interface Service {
  stop(): Promise<void>;
}

/**
 * Starts it and resolves when it accepts connections at `address` and `port`. It ends with this process at the latest.
 * @throws Error with its last words when it ends instead
 */
export async function startService(options: { what: string; command: [string, ...string[]]; env?: Record<string, string>; cwd?: string; address: string; port: number; host?: TargetHost }): Promise<Service> {
  const { what, command, host, address, port } = options;
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...networkOf(host), ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: options.cwd ?? '/',
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', ...options.env },
  });
  const words: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      words.push(text);
      words.splice(0, words.length - 20);
    });
  }
  let ended = false;
  const end = once(child, 'close').catch((error: unknown) => words.push(String(error))).then(() => (ended = true));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 5000);
    await end;
    clearTimeout(late);
  };
  try {
    await until(`The start of ${what}`, async () => {
      if (ended) throw new Error(`${what} ended at once: ${words.join('').trim() || 'it said nothing'}`);
      return (await accepts(address, port)) || undefined;
    }, { everyMs: 20, explain: () => words.join('').trim() });
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

function networkOf(host: TargetHost | undefined): string[] {
  if (host === undefined) return [];
  if (!(host instanceof NspawnHost)) throw new Error(`${host.name} was not raised by raiseHost: nothing can be run beside it.`);
  return ['nsenter', `--net=/run/netns/${namespaceOf(host.record)}`];
}
