import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The host's helper as it ships: its files, and the checksum that names its directory on the host. */
export interface HelperFiles {
  readonly checksum: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Reads src/hosts/helper (also from dist, where only the TypeScript was compiled). */
export function readHelper(folder = join(__dirname, '..', '..', 'src', 'hosts', 'helper')): HelperFiles {
  const names = readdirSync(folder).filter((name) => name.endsWith('.py')).sort();
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  const checksum = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16);
  return { checksum, files };
}

/** Python that installs the files sent on stdin by renaming a finished directory into place, so that no half helper can ever run. */
export const INSTALL = `
import json, os, sys, tempfile
want = json.load(sys.stdin)
os.umask(0o022)
home = want["home"]
os.makedirs(os.path.dirname(home), exist_ok=True)
tmp = tempfile.mkdtemp(dir=os.path.dirname(home))
os.chmod(tmp, 0o755)
for name, text in want["files"].items():
    with open(os.path.join(tmp, name), "w") as f:
        f.write(text); f.flush(); os.fsync(f.fileno())
try:
    os.rename(tmp, home)
except OSError:
    pass
`;
