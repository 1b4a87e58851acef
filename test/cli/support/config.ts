import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** A directory with a valid sternway.yml for this app; its hosts are never reached. */
export function configDirectory(app: string, environments: readonly string[] = ['production']): string {
  const directory = mkdtempSync(join(tmpdir(), 'sternway-cli-'));
  writeConfig(directory, document(app, environments));
  return directory;
}

export function writeConfig(directory: string, content: object | string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'sternway.yml'), typeof content === 'string' ? content : stringify(content));
}

export function document(app: string, environments: readonly string[] = ['production']): Record<string, unknown> {
  /** A machine for each environment. */
  const host = (number: number) => ({ address: `127.0.0.${number + 1}`, port: 1, user: 'deploy', key: '~/.ssh/none', host_key: `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK8SUWQwhOK0O2+BFajWQ7xTunHxayEOoW5J/aEUVz+${'MNOPQR'[number]}` });
  return {
    app,
    repository: 'file:///srv/git/shop.git',
    strategy: 'systemd',
    owner: { user: 'shop', group: 'shop' },
    paths: { app: '/opt/shop' },
    shared: ['.env', 'media'],
    units: [{ name: 'shop.service', source: 'systemd/shop.service' }],
    nginx: { site: 'shop', source: 'nginx/sites-available/shop' },
    probes: [{ name: 'health', path: '/health/' }],
    environments: Object.fromEntries(environments.map((name, number) => [name, { url: 'https://shop.test', hosts: { 'web-1': host(number) } }])),
  };
}
