// A real S3 server over a folder: Versity Gateway. Its module is pinned by version, and verified by Go against the
// checksums that all Go builds agree on.
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../paths.mjs';
import { isExecutable, must, onPath, PrepareError } from '../run.mjs';

const module = 'github.com/versity/versitygw/cmd/versitygw';
const version = 'v1.8.0';
const home = () => join(cacheDir(), `versitygw-${version}`);
const remedy = `install Versity Gateway ${version} (https://github.com/versity/versitygw/releases) and have it on PATH, or set STERNWAY_VERSITYGW to it`;

export const versitygw = {
  name: 'versitygw',
  doing: 'building the S3 server for tests (Versity Gateway)',
  usually: 75,
  needs: [],
  async find() {
    const set = process.env.STERNWAY_VERSITYGW;
    if (set) {
      if (!isExecutable(set)) throw new PrepareError(`STERNWAY_VERSITYGW names ${set}, which is not a program: set it to the versitygw binary, or unset it.`);
      return { path: set, source: 'setting STERNWAY_VERSITYGW' };
    }
    const found = onPath('versitygw');
    if (found) return { path: found, source: 'PATH' };
    const cached = join(home(), 'versitygw');
    return isExecutable(cached) ? { path: cached, source: 'cache' } : undefined;
  },
  async make() {
    const go = onPath('go');
    if (!go) throw new PrepareError(`The S3 server for tests is not on this machine, and Go, which would build it, is not either: install Go (https://go.dev/dl) and run this again, or ${remedy}.`);
    const part = `${home()}.part`;
    mkdirSync(part, { recursive: true });
    await must(go, ['install', `${module}@${version}`], `The S3 server for tests cannot be built: check the network, or ${remedy}`, { env: { ...process.env, GOBIN: part } });
    rmSync(home(), { recursive: true, force: true });
    renameSync(part, home());
    return { path: join(home(), 'versitygw'), source: `Go module ${module}@${version}` };
  },
};
