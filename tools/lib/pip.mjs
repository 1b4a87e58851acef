// pip, as far as downloading goes. Where it downloads from is pip's own setting (PIP_INDEX_URL, PIP_FIND_LINKS); what it
// takes is pinned by the checksums in the requirements.
import { aptInstall } from './apt.mjs';
import { run } from './run.mjs';

/** Makes sure that `python3 -m pip` works; returns that command. */
export async function pip(part) {
  if ((await run('python3', ['-m', 'pip', '--version'])).code !== 0) await aptInstall(part, ['python3-pip'], 'downloading Python packages');
  return ['python3', '-m', 'pip'];
}
