import type { Settings } from '../config/schema';

/** The folders that `paths` need inside `top`, deepest first, `top` last. */
export function foldersAbove(top: string, paths: readonly string[]): string[] {
  const above = paths.flatMap((path) => path.split('/').slice(0, -1).map((_, n, parts) => parts.slice(0, n + 1).join('/')));
  return [...[...new Set(above)].sort().reverse().map((path) => `${top}/${path}`), top];
}

/** Folders that a first deployment makes where they are missing; a way back removes only those, and leaves an empty one that an administrator has made. */
export function madeFolders({ paths, shared }: Pick<Settings, 'paths' | 'shared'>): string[] {
  const base = paths.releases;
  return [base, `${base}/releases`, `${base}/venvs`, ...foldersAbove(`${base}/shared`, shared)];
}
