// The Node packages, exactly as in package-lock.json.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repo } from '../paths.mjs';
import { must } from '../run.mjs';

export const nodeModules = {
  name: 'node_modules',
  doing: 'installing the Node packages of package-lock.json',
  usually: 45,
  needs: [],
  async find() {
    return isComplete() ? { path: join(repo, 'node_modules'), source: 'node_modules as in package-lock.json' } : undefined;
  },
  async make() {
    await must('npm', ['ci', '--no-audit', '--no-fund'], 'The Node packages cannot be installed: check the network and run `npm ci` by hand to see why', { cwd: repo });
    return { path: join(repo, 'node_modules'), source: 'npm registry, pinned by package-lock.json' };
  },
};

// npm writes node_modules/.package-lock.json last of all, so it is the mark of a complete installation; an interrupted
// `npm ci` has none. Packages for other platforms are in the lock file but not installed.
function isComplete() {
  try {
    const wanted = JSON.parse(readFileSync(join(repo, 'package-lock.json'), 'utf8')).packages;
    const installed = JSON.parse(readFileSync(join(repo, 'node_modules', '.package-lock.json'), 'utf8')).packages;
    return Object.entries(wanted).every(([path, entry]) => {
      if (path === '') return true;
      const found = installed[path];
      if (!found) return entry.optional === true;
      return found.version === entry.version && found.integrity === entry.integrity;
    });
  } catch {
    return false;
  }
}
