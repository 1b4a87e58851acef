import { killCgroup, removeCgroups } from './cgroup';
import { deleteDisk, unmountDisk } from './disk';
import { removeNetwork } from './network';
import { releaseSlot } from './address';
import { allRecords, deleteRecord, ownerIsAlive, type HostRecord } from './record';

/**
 * Removes all that a host occupies. Each step takes what is gone already as done, so that it can be repeated after an
 * interruption, and two processes may do it to the same host. The record goes last.
 */
export async function removeHost(record: HostRecord): Promise<void> {
  await stopHost(record);
  await deleteDisk(record);
  forgetHost(record);
}

/** As {@link removeHost}, but the files stay. */
export async function stopHost(record: HostRecord): Promise<void> {
  await killCgroup(record);
  await Promise.all([removeCgroups(record), unmountDisk(record), removeNetwork(record)]);
}

export function forgetHost(record: HostRecord): void {
  releaseSlot(record.slot, record.id);
  deleteRecord(record.id);
}

/** Removes the hosts whose raising process is dead. */
export async function removeStaleHosts(): Promise<void> {
  await Promise.all(allRecords().filter((record) => !ownerIsAlive(record)).map(removeHost));
}
