// A browser, for the tests that look at the Temporal UI.
import { aptInstall } from '../apt.mjs';
import { isExecutable, onPath, PrepareError } from '../run.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

export const chromium = {
  name: 'chromium',
  doing: 'installing a browser for the tests of the Temporal UI',
  usually: 30,
  needs: [],
  async find() {
    const set = process.env.STERNWAY_CHROMIUM;
    if (set) {
      if (!isExecutable(set)) throw new PrepareError(`STERNWAY_CHROMIUM names ${set}, which is not a program: set it to a Chromium or Chrome binary, or unset it.`);
      return { path: set, source: 'setting STERNWAY_CHROMIUM' };
    }
    const path = names.map((name) => onPath(name)).find(Boolean);
    return path ? { path, source: 'PATH' } : undefined;
  },
  async make() {
    await aptInstall('chromium', ['chromium'], 'browser tests');
    return { path: onPath('chromium'), source: 'Debian package chromium' };
  },
};
