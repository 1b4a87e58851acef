// The Node packages, exactly as in package-lock.json.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repo } from '../paths.mjs';
import { must, PrepareError } from '../run.mjs';

export const nodeModules = {
  name: 'node_modules',
  doing: 'installing the Node packages of package-lock.json',
  usually: 45,
  needs: [],
  async find() {
    return isComplete() ? { path: join(repo, 'node_modules'), source: 'node_modules as in package-lock.json' } : undefined;
  },
  async make() {
    // Not `npm ci`: it refuses a lock file without the packages that only other platforms want, and which of those a
    // registry offers differs. `npm install` with a lock file takes its versions and verifies its checksums all the same;
    // what came out is compared with it below.
    await must('npm', ['install', '--no-save', '--no-audit', '--no-fund'], 'The Node packages cannot be installed: check the network and run `npm install --no-save` by hand to see why', { cwd: repo });
    if (!isComplete()) throw new PrepareError('The Node packages installed are not those of package-lock.json: package.json asks for others, so run `npm install` and commit the lock file.');
    return { path: join(repo, 'node_modules'), source: 'npm registry, pinned by package-lock.json' };
  },
};

// npm writes node_modules/.package-lock.json last of all, so it is the mark of a complete installation; an interrupted
// one has none. Packages for other platforms may be in the lock file and not installed, or the other way round.
function isComplete() {
  try {
    const wanted = packagesIn(join(repo, 'package-lock.json'));
    const installed = packagesIn(join(repo, 'node_modules', '.package-lock.json'));
    return matches(wanted, installed) && Object.keys(installed).every((path) => wanted[path] ?? installed[path].optional);
  } catch {
    return false;
  }
}

function packagesIn(path) {
  const { packages } = JSON.parse(readFileSync(path, 'utf8'));
  delete packages[''];
  return packages;
}

function matches(wanted, installed) {
  return Object.entries(wanted).every(([path, entry]) => {
    const found = installed[path];
    return found ? found.version === entry.version && found.integrity === entry.integrity : entry.optional === true;
  });
}
