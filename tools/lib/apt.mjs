// Debian packages. They are pinned by Debian's signed release files, which apt verifies, not by checksums of our own:
// a pinned version would vanish from the mirrors with the next point release.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLock } from './lock.mjs';
import { cacheDir } from './paths.mjs';
import { say } from './progress.mjs';
import { must, onPath, PrepareError } from './run.mjs';

/** Milliseconds to wait for somebody else's apt, such as the nightly one of the machine. */
const PATIENCE = 600_000;
const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
const wait = ['-o', `DPkg::Lock::Timeout=${PATIENCE / 1000}`, '-o', 'Acquire::Retries=3'];
let updated;

/** Installs packages system-wide, and says so first. */
export async function aptInstall(part, packages, why) {
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (!onPath('apt-get')) {
    throw new PrepareError(`${why} needs ${packages.join(', ')}: this machine has no apt-get, install them with its own package manager and run this again.`);
  }
  if (process.getuid() !== 0) throw new PrepareError(`${why} needs packages that only root may install: run \`sudo ${command}\` and then this again.`);
  say(part, `installing system-wide, for ${why}: ${command}`);
  await withPackageLists("Debian's package lists cannot be fetched: check the network and /etc/apt, then run this again", () =>
    must('apt-get', ['install', '-y', '--no-install-recommends', ...wait, ...packages], `${packages.join(', ')} cannot be installed: run \`${command}\` by hand to see why`, { env }));
}

/** Does `work` with this machine's package lists fetched, one part after the other. `remedy`: what to do where they cannot be had. */
export function withPackageLists(remedy, work) {
  return withLock(join(cacheDir(), 'locks', 'apt'), async () => {
    await (updated ??= update(remedy));
    return await work();
  });
}

/** apt-get waits by itself for whoever installs packages, but not for whoever fetches the lists. */
async function update(remedy) {
  for (const end = Date.now() + PATIENCE; ; await sleep(1000)) {
    try {
      return await must('apt-get', ['update', ...wait], remedy, { env });
    } catch (error) {
      if (Date.now() > end || !error.message.includes('lists/lock')) throw error;
    }
  }
}
