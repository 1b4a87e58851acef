// The example's sternway.yml, for this host, with times that suit an audience.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repo } from '../lib/paths.mjs';

/** Writes `sternway.yml` into the folder, where the commands look for it. Needs node_modules. */
export async function writeConfig(folder, { host, caPath }) {
  const { parse, stringify } = await import('yaml');
  const config = parse(readFileSync(join(repo, 'examples', 'shop', 'sternway.yml'), 'utf8'));
  config.timeouts = { stable: '1s', check: '5s', undo_budget: '60s', heartbeat: '2s' };
  // The load that the host sees is that of this whole machine, builds and all.
  config.thresholds = { load_per_cpu: 1000 };
  const { address, port, user, privateKeyPath, hostKey } = host;
  config.environments = {
    production: {
      url: 'https://shop.test', connect: address, ca: caPath,
      hosts: { 'web-1': { address, port, user, key: privateKeyPath, host_key: hostKey } },
    },
  };
  writeFileSync(join(folder, 'sternway.yml'), stringify(config));
}
