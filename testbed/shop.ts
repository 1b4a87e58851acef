import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { tmpdir } from 'node:os';
import { must } from './exec';
import { ensureImage, raiseHost, type TargetHost } from './index';

const EXAMPLE = resolve(__dirname, '../examples/shop');
const DAY_MS = 24 * 3600 * 1000;

/** A host that runs the shop, v1.0.0, as a runbook left it: a plain directory /opt/shop. */
export interface ShopHost {
  host: TargetHost;
  /** The certificate authority that clients verify https://shop.test/ with (a local PEM file). */
  caPath: string;
  /** Removes the host and the local files that belong to it. */
  remove(): Promise<void>;
}

/**
 * Installs the shop on a raised host: repository in /srv/git/shop.git, wheels in /srv/wheels, then examples/shop/brownfield.sh.
 * @throws Error with the failing command's own words
 */
export async function installBrownfield(host: TargetHost): Promise<void> {
  const workspace = mkdtempSync(join(tmpdir(), 'shop-'));
  try {
    const repository = join(workspace, 'shop.git');
    const { prepare } = await import('../tools/prepare.mjs');
    const wheels = (await prepare(['wheels']))['wheels']?.path ?? '';
    await must("The shop's repository cannot be made", 'python3', [join(EXAMPLE, 'releases.py'), '--out', repository]);
    await host.copyIn(repository, '/srv/git/shop.git');
    await host.copyIn(wheels, '/srv/wheels');
    const installed = await host.run('sh -s', { input: readFileSync(join(EXAMPLE, 'brownfield.sh')) });
    if (installed.code !== 0) throw new Error(`The shop cannot be installed on ${host.name}: ${installed.stderr.trim()}`);
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

/** Raises a host named `shop` that serves the shop; seconds, once the image with it exists (the first call makes that). */
export async function raiseShop(options: { name?: string } = {}): Promise<ShopHost> {
  const image = imageName();
  await ensureImage(image, installBrownfield, () => raiseHost({ name: 'shop' }));
  const host = await raiseHost({ name: options.name ?? 'shop', image });
  const directory = mkdtempSync(join(tmpdir(), 'shop-ca-'));
  const caPath = join(directory, 'ca.crt');
  writeFileSync(caPath, (await host.run('cat /etc/ssl/shop/ca.crt')).stdout);
  return {
    host,
    caPath,
    remove: async () => {
      rmSync(directory, { recursive: true, force: true });
      await host.remove();
    },
  };
}

/** What is in the image, and the month: the certificate in it lives 90 days, and at least 60 should be left. */
function imageName(): string {
  const hash = createHash('sha256').update(String(Math.floor(Date.now() / (30 * DAY_MS))));
  const files = readdirSync(EXAMPLE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__') && !entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) hash.update(`${relative(EXAMPLE, file)}\0`).update(readFileSync(file));
  return `shop-brownfield-${hash.digest('hex').slice(0, 12)}`;
}
