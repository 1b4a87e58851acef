// The last words: where to look, and how to look longer.
import { join } from 'node:path';
import { style } from './screen.mjs';

/** Where the UI is or was, and with `keep` how to reach everything. */
export function farewell({ ui, address, folder, show, caPath, host }, keep) {
  const { strong, dim } = style();
  if (!keep) return ['', dim(`  Temporal's UI was at ${ui}; to look around in it:`), `    ${strong(`npm run demo -- ${[...show.words, '--keep'].join(' ')}`)}`, ''];
  const visit = `curl --silent --cacert ${caPath} --resolve ${show.site}:443:${host.address} https://${show.site}/`;
  const ssh = `ssh -i ${host.privateKeyPath} -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=${join(folder, 'known_hosts')} ${host.user}@${host.address}`;
  return [
    '',
    '  Everything is still up:',
    `    Temporal's UI   ${strong(`${ui}/namespaces/default/workflows`)}`,
    `    ${`the ${show.app}`.padEnd(16)}${strong(visit)}`,
    `    the host        ${strong(ssh)}`,
    `    the commands    ${strong(`cd ${folder} && export TEMPORAL_ADDRESS=${address}`)}`,
    `                    ${strong(`${join(import.meta.dirname, '..', '..', 'bin', 'sternway')} status`)}`,
    '  Ctrl-C takes it all down.',
    '',
  ];
}
