import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { addressesOf, takeSlot } from './address';
import { killNow } from './cgroup';
import { raiseDisk, storage } from './disk';
import { giveIdentity } from './identity';
import { layersOf } from './images';
import { raiseNetwork } from './network';
import { NspawnHost } from './nspawn-host';
import { startTimeOf, writeRecord, type HostRecord } from './record';
import { removeHost, removeStaleHosts } from './removal';
import type { TargetHost } from './target-host';

/**
 * Raises a host and resolves when it is up: about a second once the base image exists; the first call builds that.
 * `name` is its host name (default `host-<id>`); `image` one made by `saveImage`.
 * It lives until `remove()`; what a dead process left is removed by the next call from anywhere.
 * @throws Error in one sentence with the remedy when this machine cannot raise hosts
 */
export async function raiseHost(options: { name?: string; image?: string } = {}): Promise<TargetHost> {
  if (process.getuid?.() !== 0) throw new Error('Raising a test host needs root: run this with sudo.');
  if (options.name !== undefined && !/^[a-z][a-z0-9-]{0,40}$/.test(options.name)) {
    throw new Error(`"${options.name}" cannot be a host name: use a lower-case letter, then letters, digits and hyphens.`);
  }
  const { prepare } = await import('../tools/prepare.mjs');
  const [parts, directory] = await Promise.all([prepare(['tools', 'host-base']), storage(), removeStaleHosts()]);
  const layers = await layersOf(parts['host-base']?.path ?? '', options.image);

  const id = randomBytes(4).toString('hex');
  const slot = takeSlot(id);
  const record: HostRecord = {
    id,
    name: options.name ?? `host-${id}`,
    owner: { pid: process.pid, started: startTimeOf(process.pid) ?? '' },
    slot,
    address: addressesOf(slot).inner,
    directory: join(directory, id),
    layers,
  };
  writeRecord(record);
  killAtExit(record);
  try {
    await Promise.all([raiseDisk(record), raiseNetwork(record)]);
    const { hostKey } = await giveIdentity(record);
    const host = new NspawnHost(record, hostKey);
    await host.start();
    return host;
  } catch (error) {
    await removeHost(record);
    throw error;
  }
}

const raisedHere = new Set<HostRecord>();

// A process that ends without removing its hosts at least leaves nothing running; the rest goes with the next call.
function killAtExit(record: HostRecord): void {
  if (raisedHere.size === 0) process.on('exit', killAll);
  raisedHere.add(record);
}

function killAll(): void {
  for (const record of raisedHere) killNow(record);
}
