import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Puts files (text), folders (null) and links (`{ to }`) below a folder. */
export function plant(folder: string, content: Readonly<Record<string, string | null | { readonly to: string }>>): void {
  for (const [path, what] of Object.entries(content)) {
    const at = join(folder, path);
    mkdirSync(what === null ? at : dirname(at), { recursive: true });
    if (typeof what === 'string') writeFileSync(at, what);
    else if (what !== null) symlinkSync(what.to, at);
  }
}
