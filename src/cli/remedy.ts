import { readFileSync } from 'node:fs';
import { utils, type ParsedKey } from 'ssh2';
import type { Host } from '../config/schema';
import { ConnectionLost, HostRefused } from '../hosts/failures';
import { argv, quote } from '../commands/remote-command';

/** What an administrator does about a host that cannot be used: lines for a root shell there. Undefined: not a host's fault. */
export function remedy(error: Error, name: string, host: Host, state: string): string[] | undefined {
  if (error instanceof ConnectionLost) {
    return [`# is sshd running, and does the network let us through to ${host.address}:${host.port}?`, 'systemctl status ssh', `ss -ltn 'sport = :${host.port}'`];
  }
  if (!(error instanceof HostRefused)) return undefined;
  const { message } = error;
  if (/host key|shows no/i.test(message)) {
    return ['# compare with the key that the host itself names; if it is right, put it into host_key of this host', 'cat /etc/ssh/ssh_host_*_key.pub', `# never take it from the connection that was refused (${name})`];
  }
  if (/private key/i.test(message)) return [`# on the worker's machine, as whoever runs the worker; then run this check again`, `ssh-keygen -t ed25519 -f ${quote(host.key ?? '')}`];
  if (/does not accept our key/i.test(message)) return keyRemedy(host);
  if (/sudo/i.test(message)) return sudoRemedy(name, host.user);
  if (/python/i.test(message)) return ['apt-get install python3    # 3.7 or newer'];
  if (/could not be installed/i.test(message)) return [`# the helper is kept in ${state}/bin; root must be able to write there`, `mkdir -p ${quote(`${state}/bin`)} && df -h ${quote(state)} && findmnt -T ${quote(state)}`];
  return [];
}

/** Whoever may deploy may run scripts as root: that is what deploy access is worth, and the lines say it. */
function sudoRemedy(name: string, user: string): string[] {
  const file = `/etc/sudoers.d/sternway-${user}`;
  return [
    `# ${user} then is root for whoever holds its key, as deploying means (docs/security.md). The narrow way, the helper alone, once for`,
    `# each of its versions: where sternway.yml is, make the script; bring it here; run it as root`,
    `#   ${argv('sternway', 'helper', name)} > install-helper.sh`,
    `# or the wide way, with which the helper installs itself:`,
    `printf '%s\\n' ${quote(`${user} ALL=(root) NOPASSWD: ALL`)} > ${file}.new`,
    `visudo -cf ${file}.new && chmod 0440 ${file}.new && mv ${file}.new ${file}`,
  ];
}

function keyRemedy(host: Host): string[] {
  const { user } = host;
  const home = `~${user}`;
  const line = publicLine(host.key) ?? 'THE PUBLIC KEY, ONE LINE';
  return [
    `id ${user} || useradd --create-home --shell /bin/bash ${user}`,
    `install -d -m 0700 -o ${user} -g ${user} ${home}/.ssh`,
    `printf '%s\\n' ${quote(line)} >> ${home}/.ssh/authorized_keys`,
    `chown ${user}: ${home}/.ssh/authorized_keys && chmod 0600 ${home}/.ssh/authorized_keys`,
  ];
}

/** The public half of the private key; undefined where there is none to be read, as with an agent or a passphrase. */
function publicLine(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    // Typed as one key, but a file may hold several.
    const parsed = utils.parseKey(readFileSync(path)) as ParsedKey | ParsedKey[] | Error;
    const key = Array.isArray(parsed) ? parsed[0] : parsed;
    return key instanceof Error || key === undefined ? undefined : `${key.type} ${key.getPublicSSH().toString('base64')} sternway`;
  } catch {
    return undefined;
  }
}
