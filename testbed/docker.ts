import { dockerDataOf } from './beside';
import type { HostRecord } from './record';

// What a Docker Engine needs beyond what systemd-nspawn gives to a host:
// - all capabilities that this machine has;
// - the system calls for its containers' keyrings and device rules;
// - settings of its own network (forwarding, bridges) that can be written;
// - a directory for images and containers that is no overlay, since an overlay cannot stand on one.
export const dockerEnvironment = { SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network' };

export function dockerArguments(record: HostRecord): string[] {
  return ['--capability=all', '--system-call-filter=add_key keyctl bpf', `--bind=${dockerDataOf(record)}:/var/lib/docker`];
}
