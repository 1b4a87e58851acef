// A Debian tree, built once from a recipe: a directory in tools/lib with packages.txt and customize.sh.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, repo } from './paths.mjs';
import { must, onPath, PrepareError } from './run.mjs';

const suite = 'bookworm';

/**
 * A part of prepare.mjs that builds a tree for test hosts.
 * @param {{ name: string, setting: string, recipes: string[], doing: string, usually: number }} about `setting` is the environment
 *   variable that names a tree to use instead; `recipes` are applied one after the other
 */
export function debianTree({ name, setting, recipes, doing, usually }) {
  const folders = recipes.map((recipe) => join(repo, 'tools', 'lib', recipe));
  const packages = () => folders.flatMap((folder) => readFileSync(join(folder, 'packages.txt'), 'utf8').trim().split('\n'));
  // The key is the recipe, so that a changed recipe builds a new image beside the old one.
  const home = () => {
    const hash = createHash('sha256').update(suite);
    for (const folder of folders) {
      for (const file of ['packages.txt', 'customize.sh']) hash.update(readFileSync(join(folder, file)));
    }
    return join(cacheDir(), name, hash.digest('hex').slice(0, 12));
  };
  return {
    name,
    doing,
    usually,
    needs: ['tools'],
    async find() {
      const set = process.env[setting];
      if (set) {
        if (!existsSync(join(set, 'etc', 'debian_version'))) throw new PrepareError(`${setting} names ${set}, which holds no Debian tree: set it to one, or unset it.`);
        return { path: set, source: `setting ${setting}` };
      }
      return existsSync(join(home(), 'complete')) ? { path: join(home(), 'tree'), source: 'cache' } : undefined;
    },
    async make() {
      if (process.getuid() !== 0) throw new PrepareError(`Building a test host image needs root: run this with sudo, or set ${setting} to a tree that exists.`);
      const part = `${home()}.part`;
      // Each tree its own: apt takes packages away that another build, side by side with it, is about to read.
      const debs = join(cacheDir(), 'debs', name);
      // What an interrupted build left is not trusted; the packages it had fetched are kept, and verified again by apt.
      await must('rm', ['-rf', '--one-file-system', part], `${part} cannot be removed: remove it by hand and run this again`);
      mkdirSync(join(debs, 'partial'), { recursive: true });
      mkdirSync(part, { recursive: true });
      await must('setpriv', mmdebstrap(join(part, 'tree'), debs, packages(), folders), 'The Debian host image cannot be built: check the network, or set STERNWAY_DEBIAN_MIRROR to a mirror you reach');
      // The stamp, then the name: a directory under the right name is complete.
      writeFileSync(join(part, 'complete'), `${new Date().toISOString()}\n`);
      renameSync(part, home());
      return { path: join(home(), 'tree'), source: `Debian ${suite}, ${packages().length} packages and what they need, verified by apt` };
    },
  };
}

// In namespaces of its own that end with this process: however it ends, no mount is left, and no orphan goes on building
// where the next attempt begins. mmdebstrap instead of debootstrap: half the time, and it includes the security updates.
function mmdebstrap(tree, debs, packages, folders) {
  const excluded = ['man', 'locale', 'doc', 'info', 'lintian'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
  const mirror = process.env.STERNWAY_DEBIAN_MIRROR;
  return [
    '--pdeathsig', 'KILL', 'unshare', '--mount', '--propagation', 'private', '--pid', '--mount-proc', '--fork', '--kill-child', onPath('mmdebstrap'),
    '--mode=root', '--variant=minbase', '--format=directory', '--quiet',
    `--include=${packages.join(',')}`,
    '--aptopt=Acquire::Languages "none"', '--aptopt=Acquire::Retries "3"', '--dpkgopt=force-unsafe-io', ...excluded,
    `--setup-hook=mkdir -p "$1/var/cache/apt/archives" && mount --bind "${debs}" "$1/var/cache/apt/archives"`,
    ...folders.map((folder) => `--customize-hook=sh ${join(folder, 'customize.sh')} "$1"`),
    '--customize-hook=umount "$1/var/cache/apt/archives"',
    // Its own cleaning would empty the packages kept outside.
    '--skip=cleanup/apt',
    suite, tree, ...(mirror ? [mirror] : []),
  ];
}
