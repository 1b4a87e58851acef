import { readFileSync } from 'node:fs';
import type { TargetHost } from './target-host';

/**
 * Gives a host with Docker the newer form of Compose, `docker compose` (2.26), and takes the older one, `docker-compose`
 * (1.29.2), away, unless it is to have `both`.
 */
export async function giveComposeV2(host: TargetHost, options: { both?: boolean } = {}): Promise<void> {
  const { prepare } = await import('../tools/prepare.mjs');
  const program = (await prepare(['compose-v2']))['compose-v2']?.path ?? '';
  await host.put('/usr/local/lib/docker/cli-plugins/docker-compose', readFileSync(program), 0o755);
  if (!options.both) await host.run('rm -f /usr/bin/docker-compose');
}
