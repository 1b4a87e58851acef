import { backup, installFile, restoreFile, savedCopy } from '../commands/files';
import { fetchTag, makeRelease, removeRelease } from '../commands/git';
import { markLogs, markRelease } from '../commands/logs';
import * as nginx from '../commands/nginx';
import { probe, secretsOf, type ProbeDocument } from '../commands/probe';
import { convert, switchTo, unconvert } from '../commands/release';
import { names as requiredNames } from '../commands/env-names';
import { quote, sh, type RemoteCommand } from '../commands/remote-command';
import { accepted, keepingKind, marking, schemaBack } from '../commands/schema-back';
import { collectStatic } from '../commands/static-files';
import { seconds } from '../config/units';
import type { Context, Runtime } from './context';
import type { HostPlan } from './host-plan';
import type { Line } from './step';
import { maintenanceVhost } from './vhost';

/** Seconds that the old release is watched on the way back: it has proven itself before, and users wait. */
export const OLD_STAYS = 1;

/** Lines of the runbook that every strategy has, by what they are about. Each strategy puts them between its own. */
type Lines = Line<HostPlan>[];

/** Code of the release, in a directory of its own. */
export function delivered({ s, aim, time, state }: Context): Lines {
  const mirror = `${state}/repository.git`;
  const folder = (h: HostPlan) => ({
    mirror, commit: aim.commit, tag: aim.tag, deployment: aim.deployment, path: h.release, shared: h.shared, sharedPaths: s.shared, owner: s.owner, plain: h.legacy ? s.paths.app : null,
  });
  const required = s.env.required_from;
  return [
    { title: 'fetch the release', activity: 'fetchRelease', phase: 'prepare', limit: time.build, onTurnBack: 'stop',
      run: () => fetchTag(mirror, s.repository, aim.tag, aim.commit) },
    { title: 'release directory', activity: 'makeReleaseDirectory', phase: 'prepare', limit: time.build, onTurnBack: 'stop',
      run: (h) => makeRelease(folder(h)), undo: (h) => removeRelease(folder(h), s.paths.app) },
    ...(required ? [{ title: 'the environment has every name that the release needs', activity: 'checkEnvironment', phase: 'prepare' as const, kind: 'check' as const, limit: time.switch,
      run: (h: HostPlan) => requiredNames(`${h.release}/${s.env.file}`, `${h.release}/${required}`) }] : []),
  ];
}

/** What is made and tried of the release while the old one serves undisturbed. */
export function prepared({ s, aim, time, database, files }: Context, runtime: Runtime): Lines {
  const { django, tests } = s;
  const root = django?.static_root;
  return [
    ...(root ? [{ title: 'collect static files', activity: 'collectStaticFiles', phase: 'prepare' as const, limit: time.build, onTurnBack: 'stop' as const,
      run: (h: HostPlan) => collectStatic(runtime.once(h), `${h.release}/${root}`, s.owner) }] : []),
    ...(tests ? [{ title: 'tests of the release', activity: 'testRelease', phase: 'prepare' as const, limit: seconds(tests.within), once: true as const, onTurnBack: 'stop' as const,
      ...(tests.on === 'worker' ? { job: { kind: 'tests' as const, commit: aim.commit } } : { run: (h: HostPlan) => sh([`${tests.run.map(quote).join(' ')}`], { user: s.owner.user, cwd: h.release }) }) }] : []),
    { title: 'nginx: test the new vhost beside the live one', activity: 'testVhost', phase: 'prepare', kind: 'check', limit: time.switch,
      run: (h) => nginx.testBeside(h.site, vhost(s.nginx.source, h)) },
    ...(database ? [
      { title: 'write down the state of the migrations', activity: 'recordMigrations', phase: 'prepare' as const, limit: time.migrate, once: true as const, onTurnBack: 'stop' as const,
        run: (h: HostPlan) => runtime.migrations(h).state(files(h).schema) },
      { title: 'read the pending migrations', activity: 'planMigrations', phase: 'prepare' as const, limit: time.migrate, once: true as const, classifies: true as const, onTurnBack: 'stop' as const,
        run: (h: HostPlan) => keepingKind(runtime.migrations(h).classify(), files(h).kind) },
      ...(s.database && s.database.accept !== 'irreversible' ? [{ title: 'the migrations are accepted', activity: 'reviewMigrations', phase: 'prepare' as const, kind: 'check' as const, limit: time.switch, once: true as const,
        run: (h: HostPlan) => accepted(files(h).kind, s.database?.accept ?? '') }] : []),
    ] : []),
  ];
}

/** Copies of all that will change, proven, before anything does. */
export function backedUp({ s, time, database, files }: Context): Lines {
  const rehearse = s.database?.rehearse ?? false;
  return [
    { title: 'back up configuration and code', activity: 'backupConfiguration', phase: 'backup', limit: time.build, onTurnBack: 'stop',
      run: (h) => backup(`${h.folder}/backup`, backedUpFiles(h), archives(s, h)) },
    ...(database ? [{ title: 'trial dump of the database', activity: 'trialDump', phase: 'backup' as const, limit: time.migrate, once: true as const, onTurnBack: 'stop' as const,
      run: (h: HostPlan) => database.dump(files(h).trial, { frozen: false }) }] : []),
    ...(database && rehearse ? [{ title: 'rehearse a restore', activity: 'rehearseRestore', phase: 'backup' as const, limit: time.migrate, once: true as const, onTurnBack: 'stop' as const,
      run: (h: HostPlan) => database.scratchRestore(files(h).trial) }] : []),
  ];
}

/** Users get the maintenance page. */
export function closed({ s, aim, time, outside }: Context): Lines {
  return [
    { title: 'users get the old release again', activity: 'checkFromOutside', phase: 'close', kind: 'check', limit: time.check,
      outside: { undo: outside.before, seconds: time.check } },
    { title: 'nginx: maintenance page', activity: 'serveMaintenancePage', phase: 'close', limit: time.switch,
      run: (h) => nginx.serveMaintenance(h.site, maintenanceVhost(h.facts.nginx.vhost ?? '', { ...s.nginx.maintenance, retryAfter: seconds(s.nginx.maintenance.retry_after) })),
      undo: (h) => nginx.reopen(h.site, h.facts.nginx.maintenanceSha256 ? savedCopy(`${h.folder}/backup`, h.site.maintenance) : null, h.localLink) },
    { title: 'users get the maintenance page', activity: 'checkClosed', phase: 'close', kind: 'check', limit: time.switch,
      run: () => sh([probe(aim.helper, closedProbe(s.url, time.switch))]) },
  ];
}

/** The dump that a restore would use, taken when nobody writes any more; and its copy elsewhere. */
export function dumped({ s, time, database, files, aim }: Context): Lines {
  if (!database) return [];
  return [
    { title: 'final dump of the database', activity: 'backupDatabase', phase: 'stop', limit: time.migrate, once: true,
      run: (h) => database.dump(files(h).dump, { frozen: true }) },
    ...(s.offsite ? [{ title: 'copy the dump off the host', activity: 'copyBackupOffsite', phase: 'stop' as const, limit: time.migrate,
      job: { kind: 'offsite' as const, name: `${aim.deployment}.${database.suffix}`, file: (h: HostPlan) => files(h).dump } }] : []),
  ];
}

/** On the first deployment: the plain directory becomes a release like any other. */
export function converted({ s, time }: Context): Lines {
  const tree = (h: HostPlan) => (h.legacy ? { app: s.paths.app, legacy: h.legacy, shared: h.shared, sharedPaths: s.shared } : undefined);
  return [
    { title: 'turn the plain directory into releases', activity: 'convertDirectory', phase: 'stop', limit: time.switch,
      run: (h) => { const c = tree(h); return c && convert(c); },
      undo: (h) => { const c = tree(h); return c && unconvert(c, s.shared.filter((path) => !h.facts.shared[path])); } },
  ];
}

/** The schema to what the release needs; back by reversing with the new code, or by the dump. */
export function migrated({ s, time, database, files }: Context, runtime: Runtime): Lines {
  if (!database) return [];
  return [
    { title: 'migrate', activity: 'migrateDatabase', phase: 'migrate', limit: time.migrate, once: true, schema: 'classified',
      run: (h) => marking(runtime.migrations(h).upgrade(), files(h).migrated),
      undo: (h) => schemaBack({ ...files(h), reverse: runtime.migrations(h).reverse(files(h).schema), restore: database.restore(files(h).dump), restoreIsCheap: s.database?.engine === 'sqlite' }) },
  ];
}

/** What nginx serves, and where the app's path leads. */
export function switched({ s, time }: Context): Lines {
  const others = (h: HostPlan) => h.facts.nginx.others.flatMap(({ path, target }) => (target ? [{ path, target }] : []));
  return [
    { title: 'nginx: install the vhost', activity: 'installVhost', phase: 'switch', limit: time.switch,
      run: (h) => sh(installFile(vhost(s.nginx.source, h), h.site.available, [h.facts.nginx.vhostSha256])),
      undo: (h) => sh(restoreFile(h.site.available, savedCopy(`${h.folder}/backup`, h.site.available), h.facts.nginx.vhostSha256, vhost(s.nginx.source, h))) },
    { title: 'nginx: take other sites out', activity: 'disableSites', phase: 'switch', limit: time.switch,
      run: (h) => (others(h).length > 0 ? nginx.disable(others(h)) : undefined), undo: (h) => (others(h).length > 0 ? nginx.enableAgain(others(h)) : undefined) },
    { title: 'switch to the release', activity: 'switchRelease', phase: 'switch', limit: time.switch,
      run: (h) => switchTo(s.paths.app, h.release, h.previous), undo: (h) => switchTo(s.paths.app, h.previous, h.release) },
  ];
}

/** Users are let in, and the site is looked at as they see it, tier by tier as far as configured. */
export function opened({ s, aim, time, outside, site, files, documents, database }: Context): Lines {
  const first: Lines = [
    { title: 'nginx: open the site', activity: 'openSite', phase: 'open', limit: time.switch, letsTrafficIn: true,
      run: (h) => beginning(nginx.enable(h.site, h.site.available, [h.site.maintenance]), database ? files(h).opened : null), undo: (h) => nginx.enable(h.site, h.site.maintenance, [h.site.available]) },
    { title: 'users get the new release', activity: 'checkFromOutside', phase: 'open', kind: 'check', limit: time.check,
      outside: { run: outside.fresh, seconds: time.check } },
    ...s.probes.flatMap(({ sentry }): Lines => (sentry ? [{ title: 'tell Sentry of the release', activity: 'markDeployment', phase: 'open', limit: time.check,
      job: { kind: 'marker', document: { kind: 'sentry_deploy', name: 'sentry', url: sentry.url, organization: sentry.organization, project: sentry.project, token: sentry.token, environment: s.environment, release: aim.tag, commit: aim.commit } } }] : [])),
  ];
  const tiers = ([1, 2, 3] as const).filter((tier) => tier <= s.verify).flatMap((tier): Lines => {
    const title = ['the release holds under traffic', 'what users do works', 'what is measured is within its limits'][tier - 1] ?? '';
    const limit = time.check * 2 + (tier === 3 ? time.watch : 0);
    const probes = (h: HostPlan) => documents(h).open[tier].host;
    return [
      { title: `${title}: on the hosts`, activity: 'checkUnderTraffic', phase: 'open', kind: 'check', limit, run: (h) => (probes(h).length > 0 ? reading(aim.helper, probes(h)) : undefined) },
      // Those of the first tier are among what users get, above.
      ...(tier === 1 ? [] : [{ title: `${title}: from outside`, activity: 'checkFromOutside', phase: 'open' as const, kind: 'check' as const, limit,
        outside: { run: (h: HostPlan) => documents(h).open[tier].worker.map((document) => ({ name: document.name, url: s.url, status: 200, ...site, document })), seconds: limit } }]),
    ];
  });
  return [...first, ...tiers];
}

/** Lines that remember, before the release starts, how long each log is and when it was. */
export function marks(h: HostPlan): string[] {
  return [...markLogs([...h.logs, ...h.probeMarks]), ...(h.startMark ? markRelease(h.startMark) : [])];
}

/** Readings one after the other; the secrets that they need reach the command by descriptor. */
export function reading(helper: string, documents: readonly ProbeDocument[]): RemoteCommand {
  const secrets = secretsOf(documents);
  return sh(documents.map((document) => probe(helper, document)), secrets.length > 0 ? { secrets } : {});
}

/** Probes through nginx's own loopback copy of the installed vhost, while users still get the maintenance page. */
export function throughLocalWayIn({ s, aim }: Context, h: HostPlan, probes: readonly ProbeDocument[], then: readonly string[]): RemoteCommand {
  const secrets = secretsOf(probes);
  const ports = { https: s.nginx.local_port, http: s.nginx.local_http_port };
  return sh([...nginx.localWayIn(h.site, h.localLink, ports), ...probes.map((document) => probe(aim.helper, document)), ...then], secrets.length > 0 ? { secrets } : {});
}

/** A mark that is there before the command, one of root's, begins. */
function beginning(command: RemoteCommand, mark: string | null): RemoteCommand {
  if (mark === null) return command;
  return { ...command, script: command.script.replace('set -eu\n', `set -eu\nmkdir -p ${quote(mark.slice(0, mark.lastIndexOf('/')))}\ntouch ${quote(mark)}\n`) };
}

function vhost(source: string, h: HostPlan): string {
  return `${h.release}/${source}`;
}

/** Files whose exact earlier content an undo needs; missing ones have nothing to save. */
function backedUpFiles(h: HostPlan): string[] {
  return [
    ...h.units.filter((unit) => unit.was !== null).map((unit) => unit.path),
    ...h.facts.units.flatMap((unit) => unit.dropIns),
    ...(h.facts.nginx.vhostSha256 ? [h.site.available] : []),
    ...(h.facts.nginx.maintenanceSha256 ? [h.site.maintenance] : []),
    ...(h.site.was === null ? [] : [h.site.enabled]),
  ];
}

/** nginx's whole configuration; and, before the first deployment, the old code, which no release directory holds yet. */
function archives(s: Context['s'], h: HostPlan): { name: string; of: string; exclude: string[] }[] {
  const nginxFolder = s.nginx.available_dir.slice(0, s.nginx.available_dir.lastIndexOf('/'));
  return [
    { name: 'nginx', of: nginxFolder, exclude: [] },
    ...(h.legacy ? [{ name: 'code', of: s.paths.app, exclude: [...s.shared.filter((path) => path !== s.env.file), 'venv', '__pycache__'] }] : []),
  ];
}

function closedProbe(url: string, until: number): ProbeDocument {
  const site = new URL(url);
  const port = site.port || (site.protocol === 'https:' ? '443' : '80');
  return { name: 'maintenance page', url, connect: `127.0.0.1:${port}`, verify: false, status: 503, until };
}
