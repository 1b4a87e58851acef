import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from './exec';
import type { HostRecord } from './record';

/**
 * What belongs to a host and yet is not on its disk: Docker's data, which must not stand on an overlay, and what the
 * services beside it keep (S3's buckets). An image keeps it too.
 */
export const besideOf = (record: HostRecord): string => join(record.directory, 'beside');

export const dockerDataOf = (record: HostRecord): string => join(besideOf(record), 'docker');

/** Makes the directory, with a copy of what the image keeps. Done before the first boot. */
export async function raiseBeside(record: HostRecord): Promise<void> {
  mkdirSync(besideOf(record), { recursive: true });
  if (record.docker) mkdirSync(dockerDataOf(record), { recursive: true });
  if (record.beside === undefined) return;
  for (const name of readdirSync(record.beside)) {
    const [from, to] = [join(record.beside, name), join(besideOf(record), name)];
    if (name === 'docker') await copyDockerData(from, to);
    else await copy('-a', [from], besideOf(record));
  }
}

// Layers of Docker images are written once and read ever after: a hard link is as good as a copy, and quick. All else is
// written in place, by Docker itself or inside of containers and volumes, and is copied.
async function copyDockerData(from: string, to: string): Promise<void> {
  const layers = layersOfImages(from);
  const store = join(from, 'overlay2');
  const entries = existsSync(store) ? readdirSync(store) : [];
  mkdirSync(join(to, 'overlay2'), { recursive: true });
  await copy('-a', readdirSync(from).filter((name) => name !== 'overlay2').map((name) => join(from, name)), to);
  await copy('-a', entries.filter((name) => !layers.has(name)).map((name) => join(store, name)), join(to, 'overlay2'));
  await copy('-al', entries.filter((name) => layers.has(name)).map((name) => join(store, name)), join(to, 'overlay2'));
}

/** Names in overlay2/ of the read-only layers. */
function layersOfImages(docker: string): Set<string> {
  const known = join(docker, 'image', 'overlay2', 'layerdb', 'sha256');
  return new Set(existsSync(known) ? readdirSync(known).map((name) => readFileSync(join(known, name, 'cache-id'), 'utf8').trim()) : []);
}

async function copy(how: '-a' | '-al', paths: string[], to: string): Promise<void> {
  if (paths.length > 0) await must('What an image keeps beside its disk cannot be copied', 'cp', [how, '-t', to, ...paths]);
}
