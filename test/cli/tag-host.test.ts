// The whole command against a real host: the tag is made in a clone of the repository that the host deploys from, over SSH.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { raiseShop, type ShopHost } from '../../testbed/shop';
import { git } from './support/checkout';
import { jsonLines, sternway } from './support/cli';

let shop: ShopHost;
const folder = mkdtempSync(join(tmpdir(), 'sternway-tag-host-'));
const checkout = join(folder, 'checkout');
const env = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };

beforeAll(async () => {
  shop = await raiseShop({ name: 'tag-host' });
  const { host, caPath } = shop;
  const known = join(folder, 'known_hosts');
  writeFileSync(known, `[${host.address}]:${host.port} ${host.hostKey}\n${host.address} ${host.hostKey}\n`);
  const config = parse(readFileSync(join(__dirname, '../../examples/shop/sternway.yml'), 'utf8')) as Record<string, unknown>;
  config['thresholds'] = { load_per_cpu: 1000 };
  config['environments'] = {
    production: { url: 'https://shop.test', connect: host.address, ca: caPath, hosts: { 'web-1': { address: host.address, port: host.port, user: host.user, key: host.privateKeyPath, host_key: host.hostKey } } },
  };
  writeFileSync(join(folder, 'sternway.yml'), stringify(config));
  const settings = {
    'core.sshCommand': `ssh -F none -i ${host.privateKeyPath} -o IdentitiesOnly=yes -o UserKnownHostsFile=${known} -o StrictHostKeyChecking=yes`,
    // The repository is root's.
    'remote.origin.uploadpack': 'sudo -n git-upload-pack', 'remote.origin.receivepack': 'sudo -n git-receive-pack', 'user.name': 'Ada', 'user.email': 'ada@example.org',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  git(folder, 'clone', '--quiet', '--upload-pack', settings['remote.origin.uploadpack'], ...options, `ssh://${host.user}@${host.address}:${host.port}/srv/git/shop.git`, 'checkout');
});

afterAll(async () => {
  await shop?.remove();
  rmSync(folder, { recursive: true, force: true });
});

function run(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return sternway([...args, '--json'], { cwd: folder, env });
}

test('a host that is not ready keeps the tag from being made; mended, it lets it pass, and then plans to deploy it [A-43, RD-01, RD-02, RD-03, PF-07]', async () => {
  const branch = git(checkout, 'rev-parse', '--abbrev-ref', 'HEAD');
  const tag = ['tag', 'v7.0.0', '--checkout', checkout, '--branch', branch];
  const published = async (): Promise<string> => (await shop.host.run('git -C /srv/git/shop.git tag -l v7.0.0')).stdout.trim();
  git(checkout, 'commit', '--quiet', '--allow-empty', '-m', 'Sell coffee');
  git(checkout, 'push', '--quiet', 'origin', `HEAD:${branch}`);

  await shop.host.run('systemctl stop nginx');
  const refused = await run(...tag);
  expect(refused).toMatchObject({ code: 12, out: '', err: expect.stringMatching(/^sternway: v7\.0\.0 is not tagged:\n(.*\n)* {2}- web-1: nginx is not running; start it first\n/) as string });
  expect([await published(), git(checkout, 'tag', '-l', 'v7.0.0')]).toEqual(['', '']);
  await shop.host.run('systemctl start nginx');

  const { code, out, err } = await run(...tag);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(jsonLines(out)).toEqual([{ v: 1, type: 'tagged', release: 'v7.0.0', commit: git(checkout, 'rev-parse', 'HEAD'), branch, remote: 'origin', created: true, pushed: true }]);
  expect([await published(), git(checkout, 'tag', '-l', 'v7.0.0')]).toEqual(['v7.0.0', 'v7.0.0']);

  const plan = await run('plan', 'v7.0.0');
  expect(plan.code, plan.err).toBe(0);
  expect(jsonLines(plan.out)).toMatchObject([{ release: { tag: 'v7.0.0', commit: git(checkout, 'rev-parse', 'HEAD') } }]);
});
