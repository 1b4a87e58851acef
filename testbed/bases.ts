/** The Debian trees that hosts stand on: the plain one, and one with MariaDB, Redis and Docker installed (all disabled). */
export type Base = 'plain' | 'stack-b';

/** What a host is raised from. */
export interface Origin {
  /** Read-only layers of its disk, topmost first; the last is the base. */
  layers: string[];
  base: Base;
  docker: boolean;
  /** A directory with what is kept besides layers: see beside.ts. */
  beside?: string;
}

const parts: Record<Base, string> = { plain: 'host-base', 'stack-b': 'host-stack-b' };

/** Where a base is on this machine; builds it when it is not there yet. */
export async function basePath(base: Base): Promise<string> {
  const { prepare } = await import('../tools/prepare.mjs');
  const part = parts[base];
  const path = (await prepare(['tools', part]))[part]?.path;
  if (path === undefined) throw new Error(`The part ${part} says no path.`);
  return path;
}
