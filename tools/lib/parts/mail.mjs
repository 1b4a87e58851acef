// A real SMTP server for the tests of messages: aiosmtpd, in a directory of its own that only those tests put on Python's path.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, repo } from '../paths.mjs';
import { pip } from '../pip.mjs';
import { must, PrepareError } from '../run.mjs';

const requirements = join(repo, 'tools', 'lib', 'mail', 'requirements.txt');
const home = () => join(cacheDir(), 'mail', createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12));

export const mail = {
  name: 'mail',
  doing: 'fetching the SMTP server for tests (aiosmtpd)',
  usually: 3,
  needs: [],
  async find() {
    const set = process.env.STERNWAY_MAIL;
    if (set) {
      if (!existsSync(join(set, 'aiosmtpd'))) throw new PrepareError(`STERNWAY_MAIL names ${set}, in which there is no aiosmtpd: set it to a directory that Python can import it from, or unset it.`);
      return { path: set, source: 'setting STERNWAY_MAIL' };
    }
    return existsSync(home()) ? { path: home(), source: 'cache' } : undefined;
  },
  async make() {
    const part = `${home()}.part`;
    mkdirSync(part, { recursive: true });
    const [program, ...args] = await pip('mail');
    await must(program, [...args, 'install', '--disable-pip-version-check', '--quiet', '--no-input', '--no-deps', '--require-hashes', '--only-binary=:all:', '--no-compile', '--target', part, '-r', requirements],
      `The SMTP server for tests cannot be fetched from PyPI: check the network, or set STERNWAY_MAIL to a directory with aiosmtpd`);
    rmSync(home(), { recursive: true, force: true });
    renameSync(part, home());
    return { path: home(), source: 'PyPI, aiosmtpd 1.4.6 pinned by sha256' };
  },
};
