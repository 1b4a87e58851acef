import type { Settings } from '../config/schema';
import { isPlain } from '../config/schema/probes';
import { madeFolders } from './folders';

/** Where a deployment's state lives on every host. */
export function stateRoot(settings: Pick<Settings, 'app' | 'environment' | 'paths'>): string {
  return `${settings.paths.state}/${settings.app}/${settings.environment}`;
}

/** Programs that the strategy's commands call. */
const TOOLS = ['systemctl', 'nginx', 'git', 'tar', 'gzip', 'flock', 'pgrep', 'openssl', 'runuser', 'install', 'unshare', 'sha256sum', 'cmp', 'journalctl'];

/** And those of the database's engine; an entry with a bar: one of them will do. */
const ENGINE_TOOLS = { sqlite: ['fuser'], mysql: ['mysqldump|mariadb-dump', 'mysql|mariadb'], postgres: ['pg_dump', 'pg_restore', 'psql'] } as const;

function toolsOf(settings: Settings): string[] {
  return [
    ...TOOLS,
    ...(settings.database ? ENGINE_TOOLS[settings.database.engine] : []),
    ...(settings.strategy === 'compose' ? ['docker'] : []),
    ...(settings.offsite ? ['curl'] : []),
  ];
}

/** What `standing.py` is to look at. */
export function standingRequest({ app, environment, paths, shared, units, nginx, compose }: Settings): object {
  return {
    app: paths.app, root: stateRoot({ app, environment, paths }), shared,
    units: units.map(({ name }) => ({ name, path: unitPath(name) })),
    nginx: { site: nginx.site, available_dir: nginx.available_dir, enabled_dir: nginx.enabled_dir, disable_sites: nginx.disable_sites },
    ...(compose ? { compose: { command: compose.command, project: compose.project } } : {}),
  };
}

/** What `facts.py` is to read: the document that it gets. */
export function factsRequest(settings: Settings, tag: string): object {
  const { paths, nginx } = settings;
  const site = new URL(settings.url);
  return {
    ...standingRequest(settings), owner: settings.owner, repository: settings.repository, tag, host: site.hostname,
    interpreter: settings.python.interpreter, tools: toolsOf(settings), ports: [nginx.local_port, nginx.local_http_port],
    folders: madeFolders(settings),
    disks: [...new Set([paths.app, paths.releases, paths.state, '/tmp'])],
    env: settings.env.required.length + Object.keys(settings.env.assert).length > 0 ? settings.env : null,
    ...(settings.database?.file ? { database: settings.database.file } : {}),
    probes: settings.probes.filter(isPlain).map(({ name, path, contains }) => ({
      name, url: new URL(path, settings.url).href, connect: `127.0.0.1:${site.port || (site.protocol === 'https:' ? 443 : 80)}`, verify: false,
      ...(contains ? { contains } : {}),
    })),
  };
}

export function unitPath(name: string): string {
  return `/etc/systemd/system/${name}`;
}
