import { carryIn, imageName, localCa, runScript, type Example } from './example';
import { ensureImage, raiseHost, type TargetHost } from './index';

const shop: Example = { name: 'shop', wheels: 'wheels' };

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
  await carryIn(host, shop);
  await runScript(host, shop, 'brownfield.sh');
}

/** Raises a host named `shop` that serves the shop; seconds, once the image with it exists (the first call makes that). */
export async function raiseShop(options: { name?: string } = {}): Promise<ShopHost> {
  const image = imageName('shop-brownfield', shop);
  await ensureImage(image, installBrownfield, () => raiseHost({ name: 'shop' }));
  const host = await raiseHost({ name: options.name ?? 'shop', image });
  const { caPath, remove } = await localCa(host, shop);
  return {
    host,
    caPath,
    remove: async () => {
      remove();
      await host.remove();
    },
  };
}
