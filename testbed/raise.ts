import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { addressesOf, takeSlot } from './address';
import type { Base } from './bases';
import { raiseBeside } from './beside';
import { killNow } from './cgroup';
import { raiseDisk, storage } from './disk';
import { giveIdentity } from './identity';
import { originOf } from './images';
import { raiseNetwork } from './network';
import { NspawnHost } from './nspawn-host';
import { startTimeOf, writeRecord, type HostRecord } from './record';
import { removeHost, removeStaleHosts } from './removal';
import type { TargetHost } from './target-host';

/**
 * Raises a host and resolves when it is up: about a second once the base image exists; the first call builds that.
 * `name` is its host name (default `host-<id>`); `image` one made by `saveImage`; without one, `base` is the tree it stands
 * on; `docker` lets it run a Docker Engine (base `stack-b` has one, not started), as its image's host could anyway.
 * It lives until `remove()`; what a dead process left is removed by the next call from anywhere.
 * @throws Error in one sentence with the remedy when this machine cannot raise hosts
 */
export async function raiseHost(options: { name?: string; image?: string; base?: Base; docker?: boolean } = {}): Promise<TargetHost> {
  if (process.getuid?.() !== 0) throw new Error('Raising a test host needs root: run this with sudo.');
  if (options.name !== undefined && !/^[a-z][a-z0-9-]{0,40}$/.test(options.name)) {
    throw new Error(`"${options.name}" cannot be a host name: use a lower-case letter, then letters, digits and hyphens.`);
  }
  const [origin, directory] = await Promise.all([originOf(options), storage(), removeStaleHosts()]);

  const id = randomBytes(4).toString('hex');
  const slot = takeSlot(id);
  const record: HostRecord = {
    id,
    name: options.name ?? `host-${id}`,
    owner: { pid: process.pid, started: startTimeOf(process.pid) ?? '' },
    slot,
    address: addressesOf(slot).inner,
    directory: join(directory, id),
    ...origin,
  };
  writeRecord(record);
  killAtExit(record);
  try {
    await Promise.all([raiseDisk(record), raiseNetwork(record), raiseBeside(record)]);
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
