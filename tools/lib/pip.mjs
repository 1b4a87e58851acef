// pip, as far as downloading goes: whichever this machine has.
import { aptInstall } from './apt.mjs';
import { must, run } from './run.mjs';

/** Runs `pip download` with the arguments; every package must match a checksum in its requirements file. */
export async function pipDownload(part, args, remedy) {
  const [program, ...first] = await pip(part);
  await must(program, [...first, 'download', '--disable-pip-version-check', '--quiet', '--no-input', '--require-hashes', '--only-binary=:all:', ...args], remedy);
}

async function pip(part) {
  const candidates = [['python3', '-m', 'pip'], ['pip3'], ['pip']];
  for (const candidate of candidates) {
    if ((await run(candidate[0], [...candidate.slice(1), '--version'])).code === 0) return candidate;
  }
  await aptInstall(part, ['python3-pip'], 'downloading Python packages');
  return candidates[0];
}
