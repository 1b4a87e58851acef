// Compose as a plugin of docker (`docker compose`), for tests with both forms: Debian 12 has only `docker-compose` 1.29. It is
// Debian 13's package, verified by apt's signed release files; its one program runs on Debian 12 as it is.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../paths.mjs';
import { isExecutable, must, PrepareError } from '../run.mjs';

const suite = 'trixie';
const keyring = ['/usr/share/keyrings/debian-archive-keyring.gpg', '/usr/share/keyrings/debian-archive-keyring.pgp'].find((path) => existsSync(path));
const home = () => join(cacheDir(), `compose-${suite}`);

export const composeV2 = {
  name: 'compose-v2',
  doing: 'fetching Docker Compose, version 2 (22 MB)',
  usually: 10,
  needs: ['tools'],
  async find() {
    const set = process.env.STERNWAY_COMPOSE_V2;
    if (set) {
      if (!isExecutable(set)) throw new PrepareError(`STERNWAY_COMPOSE_V2 names ${set}, which is not a program: set it to the Compose plugin, or unset it.`);
      return { path: set, source: 'setting STERNWAY_COMPOSE_V2' };
    }
    const cached = join(home(), 'docker-compose');
    return isExecutable(cached) ? { path: cached, source: 'cache' } : undefined;
  },
  async make() {
    const part = `${home()}.part`;
    rmSync(part, { recursive: true, force: true });
    for (const folder of ['lists/partial', 'archives/partial', 'tree']) mkdirSync(join(part, folder), { recursive: true });
    const mirror = process.env.STERNWAY_DEBIAN_MIRROR ?? 'http://deb.debian.org/debian';
    writeFileSync(join(part, 'sources.list'), `deb [arch=amd64${keyring ? ` signed-by=${keyring}` : ''}] ${mirror} ${suite} main\n`);
    // An apt of its own: this machine's sources and lists stay as they are.
    const own = ['-o', `Dir::Etc::SourceList=${join(part, 'sources.list')}`, '-o', 'Dir::Etc::SourceParts=-', '-o', `Dir::State::Lists=${join(part, 'lists')}`,
      '-o', `Dir::Cache=${part}`, '-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Languages=none', '-o', 'Acquire::Retries=3'];
    const remedy = 'Docker Compose cannot be fetched from Debian: check the network, set STERNWAY_DEBIAN_MIRROR to a mirror you reach, or set STERNWAY_COMPOSE_V2 to the plugin';
    await must('apt-get', [...own, 'update'], remedy);
    await must('apt-get', [...own, 'download', 'docker-compose'], remedy, { cwd: part });
    const deb = readdirSync(part).find((name) => name.endsWith('.deb'));
    await must('dpkg-deb', ['-x', join(part, deb), join(part, 'tree')], remedy);
    const program = ['usr/libexec/docker/cli-plugins/docker-compose', 'usr/bin/docker-compose'].map((path) => join(part, 'tree', path)).find(isExecutable);
    if (!program) throw new PrepareError(`${deb} of Debian ${suite} holds no Compose program where it is expected: set STERNWAY_COMPOSE_V2 to the plugin.`);
    rmSync(home(), { recursive: true, force: true });
    mkdirSync(home());
    renameSync(program, join(home(), 'docker-compose'));
    rmSync(part, { recursive: true });
    return { path: join(home(), 'docker-compose'), source: `Debian ${suite}, ${deb}, verified by apt` };
  },
};
