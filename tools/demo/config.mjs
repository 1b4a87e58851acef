// The example's sternway.yml, for this host, with times that suit an audience.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repo } from '../lib/paths.mjs';

/** Writes `sternway.yml` into the folder, where the commands look for it, and gives what is in it. Needs node_modules. */
export async function writeConfig(folder, show, raised) {
  const { parse, stringify } = await import('yaml');
  const config = parse(readFileSync(join(repo, 'examples', show.app, show.config), 'utf8'));
  config.timeouts = { ...config.timeouts, stable: '1s', check: show.patience, undo_budget: '60s', heartbeat: '2s' };
  // The load that the host sees is that of this whole machine, builds and all.
  config.thresholds = { load_per_cpu: 1000 };
  const { host, caPath } = raised;
  const { address, port, user, privateKeyPath, hostKey } = host;
  config.environments = {
    production: {
      url: `https://${show.site}`, connect: address, ca: caPath,
      hosts: { 'web-1': { address, port, user, key: privateKeyPath, host_key: hostKey } },
    },
  };
  await show.adapt(config, raised, folder);
  writeFileSync(join(folder, 'sternway.yml'), stringify(config));
  return config;
}
