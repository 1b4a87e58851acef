import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Client } from '@temporalio/client';
import { parse, stringify } from 'yaml';
import { connectClient } from '../../src/temporal/connection';
import { requireTemporal } from '../../src/temporal/find-executable';
import { startLocalServer, type LocalServer } from '../../src/temporal/local-server';
import { createLogger } from '../../src/temporal/logger';
import { runWorker, type RunningWorker } from '../../src/worker';
import { raiseShop, type ShopHost } from '../../testbed/shop';

const ROOT = resolve(__dirname, '../..');

/** A real host with the shop, a real Temporal server, a worker: everything a deployment needs. */
export interface Stage {
  readonly shop: ShopHost;
  readonly server: LocalServer;
  readonly client: Client;
  readonly config: string;
  readonly worker: RunningWorker;
  /** The serving-state digest, by the independent script. */
  digest(): Promise<string>;
  remove(): Promise<void>;
}

/** `change`: edits the example's sternway.yml before the worker reads it. */
export async function raiseStage(name: string, change: (config: Record<string, unknown>) => void = () => undefined): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'sternway-stage-'));
  const [shop, server] = await Promise.all([raiseShop({ name }), startLocalServer({ executable: requireTemporal(), ui: false })]);
  const config = writeConfig(folder, shop, change);
  const client = await connectClient({ address: server.address });
  const worker = await runWorker({ config, address: server.address, log: createLogger({ level: 'warn' }) });
  await shop.host.put('/root/digest.py', readFileSync(join(ROOT, 'testbed/digest.py')));
  return {
    shop, server, client, config, worker,
    digest: () => digest(shop),
    async remove() {
      worker.shutdown();
      await worker.run;
      await client.connection.close();
      await server.stop();
      await shop.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** sternway.yml of the example, for this host, with times that suit a test. */
export function writeConfig(folder: string, shop: ShopHost, change: (config: Record<string, unknown>) => void): string {
  const config = parse(readFileSync(join(ROOT, 'examples/shop/sternway.yml'), 'utf8')) as Record<string, unknown>;
  config['timeouts'] = { stable: '4s', check: '15s', undo_budget: '20s' };
  config['thresholds'] = { load_per_cpu: 100 };
  config['environments'] = {
    production: {
      url: 'https://shop.test', connect: shop.host.address, ca: shop.caPath,
      hosts: { 'web-1': { address: shop.host.address, port: shop.host.port, user: shop.host.user, key: shop.host.privateKeyPath, host_key: shop.host.hostKey } },
    },
  };
  change(config);
  const path = join(folder, 'sternway.yml');
  writeFileSync(path, stringify(config));
  return path;
}

async function digest(shop: ShopHost): Promise<string> {
  const { code, stdout, stderr } = await shop.host.run('python3 /root/digest.py');
  if (code !== 0) throw new Error(`the digest could not be taken: ${stderr}`);
  return stdout;
}
