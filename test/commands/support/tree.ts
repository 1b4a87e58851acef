import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Everything below a folder, a line each: kind, mode, owner, path, and content or link target. Dotfiles too. */
export function tree(folder: string): string[] {
  const lines: string[] = [];
  const visit = (path: string): void => {
    const s = lstatSync(join(folder, path));
    const mode = (s.mode & 0o7777).toString(8).padStart(4, '0');
    const head = `${mode} ${s.uid}:${s.gid} ${path || '.'}`;
    if (s.isSymbolicLink()) lines.push(`link ${head} -> ${readlinkSync(join(folder, path))}`);
    else if (s.isDirectory()) {
      lines.push(`dir  ${head}`);
      for (const name of readdirSync(join(folder, path)).sort()) visit(path ? `${path}/${name}` : name);
    } else lines.push(`file ${head} ${Math.floor(s.mtimeMs / 1000)} ${createHash('sha256').update(readFileSync(join(folder, path))).digest('hex').slice(0, 12)}`);
  };
  visit('');
  return lines;
}

