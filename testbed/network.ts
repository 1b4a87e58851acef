import { existsSync } from 'node:fs';
import { exec, must } from './exec';
import { addressesOf } from './address';
import type { HostRecord } from './record';

export const namespaceOf = (record: HostRecord): string => `sternway-${record.id}`;

/**
 * Where a host, and the containers on it, find the services that a test runs beside it (S3, the payment provider): the
 * same on all hosts, so that it can be in the settings of an app that an image keeps.
 */
export const besideAddress = '10.215.0.1';

const linkOf = (record: HostRecord): string => `sw-${record.id}`;

/**
 * A network namespace with one link to this machine. There is no default route: a host that looks for the outside
 * learns at once that there is none, instead of waiting.
 */
export async function raiseNetwork(record: HostRecord): Promise<void> {
  const { outer, inner } = addressesOf(record.slot);
  const namespace = namespaceOf(record);
  const link = linkOf(record);
  await batch([], [
    `netns add ${namespace}`,
    `link add ${link} type veth peer name eth0 netns ${namespace}`,
    `address add ${outer}/30 dev ${link}`,
    `link set ${link} up`,
  ]);
  await batch(['-n', namespace], [`address add ${inner}/30 dev eth0`, `address add ${besideAddress}/32 dev lo`, 'link set lo up', 'link set eth0 up']);
}

/** Removes it; what is gone already is no error. */
export async function removeNetwork(record: HostRecord): Promise<void> {
  // The link first: left to the namespace's end, it would vanish some time later.
  if (existsSync(`/sys/class/net/${linkOf(record)}`)) await exec('ip', ['link', 'delete', linkOf(record)]);
  if (existsSync(`/run/netns/${namespaceOf(record)}`)) await exec('ip', ['netns', 'delete', namespaceOf(record)]);
}

async function batch(args: string[], lines: string[]): Promise<void> {
  await must('The network of a test host cannot be set up', 'ip', [...args, '-batch', '-'], `${lines.join('\n')}\n`);
}
