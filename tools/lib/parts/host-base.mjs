// The Debian tree that all test hosts share as the lowest layer of their disk.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, repo } from '../paths.mjs';
import { must, onPath, PrepareError } from '../run.mjs';

const recipe = join(repo, 'tools', 'lib', 'host-base');
const suite = 'bookworm';

export const hostBase = {
  name: 'host-base',
  doing: 'building a Debian host image',
  usually: 45,
  needs: ['tools'],
  async find() {
    const set = process.env.STERNWAY_HOST_BASE;
    if (set) {
      if (!existsSync(join(set, 'etc', 'debian_version'))) throw new PrepareError(`STERNWAY_HOST_BASE names ${set}, which holds no Debian tree: set it to one, or unset it.`);
      return { path: set, source: 'setting STERNWAY_HOST_BASE' };
    }
    return existsSync(join(home(), 'complete')) ? { path: join(home(), 'tree'), source: 'cache' } : undefined;
  },
  async make() {
    if (process.getuid() !== 0) throw new PrepareError('Building a test host image needs root: run this with sudo, or set STERNWAY_HOST_BASE to a tree that exists.');
    const part = `${home()}.part`;
    const debs = join(cacheDir(), 'debs');
    // What an interrupted build left is not trusted; the packages it had fetched are kept, and verified again by apt.
    await must('rm', ['-rf', '--one-file-system', part], `${part} cannot be removed: remove it by hand and run this again`);
    mkdirSync(join(debs, 'partial'), { recursive: true });
    mkdirSync(part, { recursive: true });
    await must('setpriv', mmdebstrap(join(part, 'tree'), debs), 'The Debian host image cannot be built: check the network, or set STERNWAY_DEBIAN_MIRROR to a mirror you reach');
    // The stamp, then the name: a directory under the right name is complete.
    writeFileSync(join(part, 'complete'), `${new Date().toISOString()}\n`);
    renameSync(part, home());
    return { path: join(home(), 'tree'), source: `Debian ${suite}, ${packages().length} packages and what they need, verified by apt` };
  },
};

// In namespaces of its own that end with this process: however it ends, no mount is left, and no orphan goes on building
// where the next attempt begins. mmdebstrap instead of debootstrap: half the time, and it includes the security updates.
function mmdebstrap(tree, debs) {
  const excluded = ['man', 'locale', 'doc', 'info', 'lintian'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
  const mirror = process.env.STERNWAY_DEBIAN_MIRROR;
  return [
    '--pdeathsig', 'KILL', 'unshare', '--mount', '--propagation', 'private', '--pid', '--mount-proc', '--fork', '--kill-child', onPath('mmdebstrap'),
    '--mode=root', '--variant=minbase', '--format=directory', '--quiet',
    `--include=${packages().join(',')}`,
    '--aptopt=Acquire::Languages "none"', '--aptopt=Acquire::Retries "3"', '--dpkgopt=force-unsafe-io', ...excluded,
    `--setup-hook=mkdir -p "$1/var/cache/apt/archives" && mount --bind "${debs}" "$1/var/cache/apt/archives"`,
    `--customize-hook=sh ${join(recipe, 'customize.sh')} "$1"`,
    '--customize-hook=umount "$1/var/cache/apt/archives"',
    // Its own cleaning would empty the packages kept outside.
    '--skip=cleanup/apt',
    suite, tree, ...(mirror ? [mirror] : []),
  ];
}

function packages() {
  return readFileSync(join(recipe, 'packages.txt'), 'utf8').trim().split('\n');
}

// The key is the recipe, so that a changed recipe builds a new image beside the old one.
function home() {
  const hash = createHash('sha256').update(suite);
  for (const name of ['packages.txt', 'customize.sh']) hash.update(readFileSync(join(recipe, name)));
  return join(cacheDir(), 'host-base', hash.digest('hex').slice(0, 12));
}
