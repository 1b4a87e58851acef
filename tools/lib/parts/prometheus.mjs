// A real Prometheus for the tests of the bake: Debian's package, unpacked into the cache and not installed.
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withPackageLists } from '../apt.mjs';
import { cacheDir } from '../paths.mjs';
import { isExecutable, must, onPath, PrepareError } from '../run.mjs';

const home = () => join(cacheDir(), 'prometheus');
const program = (folder) => join(folder, 'usr', 'bin', 'prometheus');
const remedy = 'install Prometheus (https://prometheus.io/download/) and have it on PATH, or set STERNWAY_PROMETHEUS to it';

export const prometheus = {
  name: 'prometheus',
  doing: 'fetching Prometheus for tests (30 MB)',
  usually: 8,
  needs: [],
  async find() {
    const set = process.env.STERNWAY_PROMETHEUS;
    if (set) {
      if (!isExecutable(set)) throw new PrepareError(`STERNWAY_PROMETHEUS names ${set}, which is not a program: set it to the prometheus binary, or unset it.`);
      return { path: set, source: 'setting STERNWAY_PROMETHEUS' };
    }
    const found = onPath('prometheus');
    if (found) return { path: found, source: 'PATH' };
    return isExecutable(program(home())) ? { path: program(home()), source: 'cache' } : undefined;
  },
  async make() {
    if (!onPath('apt-get') || !onPath('dpkg-deb')) throw new PrepareError(`Prometheus is not on this machine, which has no apt-get to fetch it with: ${remedy}.`);
    const part = `${home()}.part`;
    rmSync(part, { recursive: true, force: true });
    mkdirSync(part, { recursive: true });
    // Downloads as root where it may: apt's own user cannot write here.
    await withPackageLists(`Debian's package lists cannot be fetched: check the network, or ${remedy}`, () =>
      must('apt-get', ['download', '-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Retries=3', 'prometheus'], `Prometheus cannot be fetched: check the network, or ${remedy}`, { cwd: part }));
    const deb = join(part, readdirSync(part).find((name) => name.endsWith('.deb')));
    await must('dpkg-deb', ['-x', deb, part], `${deb} cannot be unpacked: remove it and run this again`);
    rmSync(deb);
    rmSync(home(), { recursive: true, force: true });
    renameSync(part, home());
    return { path: program(home()), source: "Debian's package prometheus" };
  },
};
