import { randomBytes } from 'node:crypto';
import { sh, type RemoteCommand } from '../../src/commands/remote-command';
import { readHelper } from '../../src/hosts/helper-files';
import { Host, type HostOptions, type TaskRequest, type Token } from '../../src/hosts/host';
import type { TargetHost } from '../../testbed';

export const STATE = '/var/lib/sternway';

/** How Sternway reaches a test host: as the deploy user, by key, through sudo. */
export function optionsFor(target: TargetHost, more: Partial<HostOptions> = {}): HostOptions {
  return { name: target.name, address: target.address, port: target.port, user: target.user, key: target.privateKeyPath, hostKey: target.hostKey, state: STATE, sudo: true, ...more };
}

/** A connection of its own to a test host. */
export function connect(target: TargetHost, more: Partial<HostOptions> = {}): Host {
  return new Host(optionsFor(target, more), readHelper());
}

/** A state folder and a file for effects that no other test uses. */
export function ownPlace(): { root: string; log: string } {
  const id = randomBytes(4).toString('hex');
  return { root: `${STATE}/${id}`, log: `/srv/${id}.log` };
}

export async function claimed(host: Host, root: string, holder = 'd1', takeover?: number): Promise<Token> {
  const { claim } = await host.claim(root, { holder, deployment: 'd1', by: 'tester', ...(takeover === undefined ? {} : { takeover }) });
  return { holder: claim.holder, epoch: claim.epoch };
}

/** A task of deployment `d1`. */
export function task(token: Token, step: string, script: string | RemoteCommand, more: Partial<TaskRequest> = {}): TaskRequest {
  return { ...token, deployment: 'd1', step, command: typeof script === 'string' ? sh([script]) : script, limit: 60, ...more };
}

/** Runs a command around Sternway, and gives its output. */
export async function inside(target: TargetHost, command: string): Promise<string> {
  const result = await target.run(command);
  if (result.code !== 0) throw new Error(`${command} ended with ${String(result.code)}: ${result.stderr}`);
  return result.stdout.trim();
}
