// The last words: where to look, and how to look longer.
import { join } from 'node:path';
import { style } from './screen.mjs';

/** Where the UI is or was, and with `keep` how to reach everything. */
export function farewell({ ui, address, folder, shop, host }, keep) {
  const { strong, dim } = style();
  if (!keep) return ['', dim(`  Temporal's UI was at ${ui}; to look around in it:`), `    ${strong('npm run demo -- --keep')}`, ''];
  const visit = `curl --silent --cacert ${shop.caPath} --resolve shop.test:443:${host.address} https://shop.test/`;
  const ssh = `ssh -i ${host.privateKeyPath} -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=${join(folder, 'known_hosts')} ${host.user}@${host.address}`;
  return [
    '',
    '  Everything is still up:',
    `    Temporal's UI   ${strong(`${ui}/namespaces/default/workflows`)}`,
    `    the shop        ${strong(visit)}`,
    `    the host        ${strong(ssh)}`,
    `    the commands    ${strong(`cd ${folder} && export TEMPORAL_ADDRESS=${address}`)}`,
    `                    ${strong(`${join(import.meta.dirname, '..', '..', 'bin', 'sternway')} status`)}`,
    '  Ctrl-C takes it all down.',
    '',
  ];
}
