// Debian packages. They are pinned by Debian's signed release files, which apt verifies, not by checksums of our own:
// a pinned version would vanish from the mirrors with the next point release.
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { cacheDir } from './paths.mjs';
import { say } from './progress.mjs';
import { must, onPath, PrepareError } from './run.mjs';

let updated;

/** Installs packages system-wide, and says so first. */
export async function aptInstall(part, packages, why) {
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (!onPath('apt-get')) {
    throw new PrepareError(`${why} needs ${packages.join(', ')}: this machine has no apt-get, install them with its own package manager and run this again.`);
  }
  if (process.getuid() !== 0) throw new PrepareError(`${why} needs packages that only root may install: run \`sudo ${command}\` and then this again.`);
  say(part, `installing system-wide, for ${why}: ${command}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-o', 'DPkg::Lock::Timeout=600', '-o', 'Acquire::Retries=3'];
  await withLock(join(cacheDir(), 'locks', 'apt'), async () => {
    updated ??= must('apt-get', ['update', ...wait], "Debian's package lists cannot be fetched: check the network and /etc/apt, then run this again", { env });
    await updated;
    await must('apt-get', ['install', '-y', '--no-install-recommends', ...wait, ...packages],
      `${packages.join(', ')} cannot be installed: run \`${command}\` by hand to see why`, { env });
  });
}
