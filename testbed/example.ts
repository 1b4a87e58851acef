import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { must, quote } from './exec';
import type { TargetHost } from './target-host';

const EXAMPLES = resolve(__dirname, '../examples');
const DAY_MS = 24 * 3600 * 1000;

/** An example app: its folder in examples/, and the part of tools/prepare.mjs with its wheels. */
export interface Example {
  name: 'shop' | 'notes';
  wheels: 'wheels' | 'wheels-notes';
}

export const folderOf = (example: Example): string => join(EXAMPLES, example.name);

/** Carries the example's repository to /srv/git/<name>.git and its wheels to /srv/wheels. */
export async function carryIn(host: TargetHost, example: Example): Promise<void> {
  const workspace = mkdtempSync(join(tmpdir(), `${example.name}-`));
  try {
    const repository = join(workspace, `${example.name}.git`);
    await must(`The repository of ${example.name} cannot be made`, 'python3', [join(folderOf(example), 'releases.py'), '--out', repository]);
    await host.copyIn(repository, `/srv/git/${example.name}.git`);
    await host.copyIn(await wheelsPath(example), '/srv/wheels');
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

/** The directory of its wheels on this machine. */
export async function wheelsPath(example: Example): Promise<string> {
  const { prepare } = await import('../tools/prepare.mjs');
  return (await prepare([example.wheels]))[example.wheels]?.path ?? '';
}

/**
 * Runs one of the example's scripts on the host as root, with these variables in its environment.
 * @throws Error with the failing command's own words
 */
export async function runScript(host: TargetHost, example: Example, script: string, variables: Record<string, string> = {}): Promise<void> {
  const settings = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}\n`);
  const done = await host.run('sh -s', { input: settings.join('') + readFileSync(join(folderOf(example), script), 'utf8') });
  if (done.code !== 0) throw new Error(`${example.name} cannot be installed on ${host.name}: ${done.stderr.trim() || done.stdout.trim()}`);
}

/** A local copy of the certificate authority that clients verify the app with; `remove` deletes it. */
export async function localCa(host: TargetHost, example: Example): Promise<{ caPath: string; remove: () => void }> {
  const directory = mkdtempSync(join(tmpdir(), `${example.name}-ca-`));
  const caPath = join(directory, 'ca.crt');
  writeFileSync(caPath, (await host.run(`cat /etc/ssl/${example.name}/ca.crt`)).stdout);
  return {
    caPath,
    remove: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Names an image by what is in it, and the month: the certificate in it lives 90 days, and at least 60 should be left. */
export function imageName(prefix: string, example: Example): string {
  const folder = folderOf(example);
  const hash = createHash('sha256').update(String(Math.floor(Date.now() / (30 * DAY_MS))));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__') && !entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) hash.update(`${relative(folder, file)}\0`).update(readFileSync(file));
  return `${prefix}-${hash.digest('hex').slice(0, 12)}`;
}
