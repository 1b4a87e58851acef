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

/**
 * Python that installs the files sent on stdin by renaming a finished, synced directory into place, so that no half helper can ever run.
 * A file list cut short is no JSON, and changes nothing.
 */
const INSTALL = `
import json, os, shutil, sys, tempfile
want = json.loads(sys.stdin.buffer.read().decode("utf-8"))
os.umask(0o022)
home = want["home"]
parent = os.path.dirname(home)
def sync(path):
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)
os.makedirs(parent, exist_ok=True)
tmp = tempfile.mkdtemp(dir=parent)
try:
    os.chmod(tmp, 0o755)
    for name, text in want["files"].items():
        with open(os.path.join(tmp, name), "wb") as f:
            f.write(text.encode("utf-8"))
        sync(f.name)
    sync(tmp)
    os.rename(tmp, home)
    sync(parent)
except OSError as error:
    shutil.rmtree(tmp, ignore_errors=True)
    if not os.path.exists(os.path.join(home, "__main__.py")):
        sys.exit(str(error))
`;

/** The installer as words that every login shell, csh included, passes on unchanged: one line, nothing to expand. */
export function installCommand(): string {
  return `python3 -I -c 'import base64;exec(base64.b64decode("${Buffer.from(INSTALL).toString('base64')}"))'`;
}
