import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TargetHost } from './target-host';

const scripts = ['digest.py', 'digest_mysql.py', 'digest_compose.py'];

/**
 * Puts testbed/digest.py and what it needs for notes on the host, and returns the command for it, to which options can be
 * added: `--json`, `--diff FILE`, `--no-rows`.
 */
export async function putDigest(host: TargetHost, strategy: 'systemd' | 'compose'): Promise<string> {
  for (const name of scripts) await host.put(`/root/${name}`, readFileSync(join(__dirname, name)));
  await host.put('/root/digest.json', readFileSync(join(__dirname, `digest-notes-${strategy}.json`)));
  return 'python3 /root/digest.py --config /root/digest.json';
}
