import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { basePath, type Base, type Origin } from './bases';
import { besideOf } from './beside';
import { deleteDisk, storage, upperOf } from './disk';
import { must } from './exec';
import { NspawnHost } from './nspawn-host';
import { allRecords } from './record';
import { forgetHost, stopHost } from './removal';
import type { TargetHost } from './target-host';

// Names usually carry a hash of what is in the image, so old ones pile up.
const kept = 12;

async function imagesDirectory(): Promise<string> {
  return join(await storage(), 'images');
}

/**
 * Makes an image of a host: shuts it down and keeps what it wrote, and what it has beside its disk, under `name`,
 * replacing an earlier one. The host is gone afterwards. Saving is a rename, so it costs no copy.
 */
export async function saveImage(host: TargetHost, name: string): Promise<void> {
  if (!(host instanceof NspawnHost)) throw new Error(`${host.name} was not raised by raiseHost: only such a host can be saved.`);
  if (!/^[\w.-]+$/.test(name)) throw new Error(`"${name}" cannot be the name of an image: use letters, digits, dots, hyphens and underscores.`);
  const { record } = host;
  const images = await imagesDirectory();
  const layer = join(images, 'layers', record.id);
  mkdirSync(join(images, 'layers'), { recursive: true });
  await host.shutDown();
  await stopHost(record);
  renameSync(upperOf(record), layer);
  const beside = `${layer}-beside`;
  renameSync(besideOf(record), beside);
  const pointer = join(images, `${name}.json`);
  const image: Origin = { layers: [layer, ...record.layers], base: record.base, docker: record.docker, beside };
  writeFileSync(`${pointer}.${process.pid}`, JSON.stringify(image));
  renameSync(`${pointer}.${process.pid}`, pointer);
  await deleteDisk(record);
  forgetHost(record);
  await prune(images);
}

/** Whether `raiseHost({ image: name })` would find it, complete and on the base image of now. */
export async function hasImage(name: string): Promise<boolean> {
  const image = read(await imagesDirectory(), name);
  return image !== undefined && (await isCurrent(image));
}

/** Whether the base it was made on is the one that would be built now. */
async function isCurrent(image: Origin): Promise<boolean> {
  return image.layers.at(-1) === (await basePath(image.base));
}

/** Makes the image unless it exists: raises a host, has `install` change it, saves it. One process does it, others wait. */
export async function ensureImage(name: string, install: (host: TargetHost) => Promise<void>, raise: () => Promise<TargetHost>): Promise<void> {
  if (await hasImage(name)) return;
  const { withLock } = await import('../tools/lib/lock.mjs');
  await withLock(join(await imagesDirectory(), `${name}.lock`), async () => {
    if (await hasImage(name)) return;
    const host = await raise();
    try {
      await install(host);
      await saveImage(host, name);
    } catch (error) {
      await host.remove();
      throw error;
    }
  });
}

/** Forgets an image; its files go when no host stands on them any more. */
export async function deleteImage(name: string): Promise<void> {
  const images = await imagesDirectory();
  rmSync(join(images, `${name}.json`), { force: true });
  await prune(images);
}

/** What a host with these options is raised from. */
export async function originOf(options: { image?: string; base?: Base; docker?: boolean }): Promise<Origin> {
  const { image, base = 'plain', docker = false } = options;
  if (image === undefined) return { layers: [await basePath(base)], base, docker };
  const images = await imagesDirectory();
  const found = read(images, image);
  const current = found !== undefined && (await isCurrent(found));
  if (!current) throw new Error(`There is no image "${image}" for test hosts${found ? ' on the present base image' : ''}: make it with saveImage first.`);
  const now = new Date();
  utimesSync(join(images, `${image}.json`), now, now);
  return { ...found, docker: docker || found.docker };
}

function read(images: string, name: string): Origin | undefined {
  try {
    // Images of before there was a second base do not say theirs.
    const image: Origin = { base: 'plain', docker: false, ...(JSON.parse(readFileSync(join(images, `${name}.json`), 'utf8')) as Pick<Origin, 'layers'>) };
    return pathsOf(image).every((path) => existsSync(path)) ? image : undefined;
  } catch {
    return undefined;
  }
}

const pathsOf = (origin: Pick<Origin, 'layers' | 'beside'> | undefined): string[] => [...(origin?.layers ?? []), ...(origin?.beside ? [origin.beside] : [])];

/** Forgets all images but the most recently used, and deletes the layers that neither an image nor a host stands on. */
async function prune(images: string): Promise<void> {
  const age = (file: string): number => statSync(join(images, file)).mtimeMs;
  const pointers = readdirSync(images).filter((file) => file.endsWith('.json')).sort((a, b) => age(b) - age(a));
  for (const file of pointers.slice(kept)) rmSync(join(images, file));
  const used = new Set([
    ...pointers.slice(0, kept).flatMap((file) => pathsOf(read(images, file.slice(0, -'.json'.length)))),
    ...allRecords().flatMap((record) => pathsOf(record)),
  ]);
  for (const name of readdirSync(join(images, 'layers'))) {
    const layer = join(images, 'layers', name);
    if (!used.has(layer)) await must('An old image cannot be removed', 'rm', ['-rf', '--one-file-system', layer]);
  }
}
