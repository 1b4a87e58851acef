import { chownSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { rootOf } from './disk';
import { must } from './exec';
import type { HostRecord } from './record';

export const privateKeyOf = (record: HostRecord): string => join(record.directory, 'deploy_ed25519');

/** Gives the host, before its first boot, what no other has: name, machine id, host key, and the key that may log in. */
export async function giveIdentity(record: HostRecord): Promise<{ hostKey: string }> {
  const etc = join(rootOf(record), 'etc');
  const hostKeyFile = join(record.directory, 'ssh_host_ed25519_key');
  await Promise.all([makeKey(hostKeyFile), makeKey(privateKeyOf(record))]);

  writeFileSync(join(etc, 'hostname'), `${record.name}\n`);
  writeFileSync(join(etc, 'hosts'), `127.0.0.1 localhost\n127.0.1.1 ${record.name}\n${record.address} ${record.name}.test\n`);
  writeFileSync(join(etc, 'machine-id'), `${randomBytes(16).toString('hex')}\n`);
  writeFileSync(join(etc, 'ssh', 'ssh_host_ed25519_key'), readFileSync(hostKeyFile), { mode: 0o600 });
  writeFileSync(join(etc, 'ssh', 'ssh_host_ed25519_key.pub'), readFileSync(`${hostKeyFile}.pub`));

  const authorized = join(rootOf(record), 'home', 'deploy', '.ssh', 'authorized_keys');
  writeFileSync(authorized, readFileSync(`${privateKeyOf(record)}.pub`), { mode: 0o600 });
  const deploy = /^deploy:[^:]*:(\d+):(\d+):/m.exec(readFileSync(join(etc, 'passwd'), 'utf8'));
  if (!deploy) throw new Error(`The host image has no user deploy: remove ${record.layers.at(-1) ?? ''} and prepare it again.`);
  chownSync(authorized, Number(deploy[1]), Number(deploy[2]));

  const hostKey = readFileSync(`${hostKeyFile}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
  writeFileSync(join(record.directory, 'known_hosts'), `${record.address} ${hostKey}\n`);
  return { hostKey };
}

async function makeKey(path: string): Promise<void> {
  await must('A key cannot be made', 'ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'sternway test host', '-f', path]);
}
