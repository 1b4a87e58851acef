// The programs that raising test hosts needs on this machine.
import { existsSync } from 'node:fs';
import { aptInstall } from '../apt.mjs';
import { onPath } from '../run.mjs';

const programs = {
  mmdebstrap: 'mmdebstrap',
  'systemd-nspawn': 'systemd-container',
  ip: 'iproute2',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  'ssh-keyscan': 'openssh-client',
  nsenter: 'util-linux',
  mount: 'mount',
  git: 'git',
  tar: 'tar',
  // The production shape is checked by its own `config`; no engine is needed for that.
  'docker-compose': 'docker-compose',
};
const keyrings = ['/usr/share/keyrings/debian-archive-keyring.gpg', '/usr/share/keyrings/debian-archive-keyring.pgp'];

export const tools = {
  name: 'tools',
  doing: 'installing what test hosts need on this machine',
  usually: 10,
  needs: [],
  async find() {
    return missing().length === 0 ? { source: `PATH (${Object.keys(programs).join(', ')})` } : undefined;
  },
  async make() {
    const packages = missing();
    await aptInstall('tools', packages, 'test hosts');
    return { source: `Debian packages ${packages.join(', ')}` };
  },
};

function missing() {
  const packages = Object.entries(programs).filter(([program]) => !onPath(program)).map(([, name]) => name);
  if (!keyrings.some((path) => existsSync(path))) packages.push('debian-archive-keyring');
  return [...new Set(packages)];
}
