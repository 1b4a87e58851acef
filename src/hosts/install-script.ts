import { argv, quote } from '../commands/remote-command';
import { installCommand, type HelperFiles } from './helper-files';

/**
 * What an administrator runs once as root on a host, and again for each version of the helper: installs it, and lets `user` run just this
 * through sudo, and nothing else. sh. `state`: absolute (paths.state).
 */
export function installScript(helper: HelperFiles, state: string, user: string): string {
  const home = `${state}/bin/${helper.checksum}`;
  const file = quote(`/etc/sudoers.d/sternway-${user}`);
  return [
    '#!/bin/sh',
    `# Sternway's helper ${helper.checksum}, for root. It takes scripts and runs them as root: whoever holds the key of ${user} is root here.`,
    'set -eu',
    `[ "$(id -u)" = 0 ] || { echo 'run this as root' >&2; exit 1; }`,
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    `${installCommand()} <<'HELPER'`,
    JSON.stringify({ home, files: helper.files }),
    'HELPER',
    // The very command that is run, each word of it: no pattern, for one that matches too much is a root shell.
    `printf '%s\\n' ${quote(`${user} ALL=(root) NOPASSWD: `)}"$(command -v python3)"${quote(` -I ${home} serve`)} > ${file}.new`,
    argv('visudo', '-cqf', `/etc/sudoers.d/sternway-${user}.new`),
    `chmod 0440 ${file}.new`,
    `mv -fT ${file}.new ${file}`,
    `echo ${quote(`${home} is there, and ${user} may run it`)}`,
    '',
  ].join('\n');
}
