import type { Settings } from '../config/schema';
import { seconds } from '../config/units';
import { backup, savedCopy } from '../commands/files';
import { fetchTag, makeRelease, removeRelease } from '../commands/git';
import { markLogs, scanLogs } from '../commands/logs';
import { commandMigrations } from '../commands/migrations';
import * as nginx from '../commands/nginx';
import { probe, type HostProbe } from '../commands/probe';
import { convert, prune, switchTo, unconvert } from '../commands/release';
import { quote, sh, type RemoteCommand } from '../commands/remote-command';
import * as sqlite from '../commands/sqlite';
import * as systemd from '../commands/systemd';
import { installVenv, removeVenv } from '../commands/venv';
import { installFile, restoreFile } from '../commands/files';
import { stateRoot } from '../facts/ask';
import type { Aim, HostPlan } from './host-plan';
import type { OutsideProbe } from './plan';
import type { Line } from './step';
import { maintenanceVhost } from './vhost';

/** Seconds that the old release is watched on the way back: it has proven itself before, and users wait. */
const OLD_STAYS = 1;

/** The runbook of nginx + Gunicorn + systemd, line by line, each with its way back. */
export function systemdPlan(s: Settings, aim: Aim, outside: { fresh: OutsideProbe[]; before: OutsideProbe[] }): Line<HostPlan>[] {
  const app = s.paths.app;
  const units = s.units.map((unit) => unit.name);
  const database = s.database ? `${app}/${s.database.file}` : null;
  const time = Object.fromEntries(Object.entries(s.timeouts).map(([name, value]) => [name, seconds(value)])) as Record<keyof Settings['timeouts'], number>;
  const checkTime = time.check + time.stable + time.switch;
  const migrations = (h: HostPlan) => commandMigrations({ release: h.release, user: s.owner.user, upgrade: s.database?.upgrade ?? [], ...(s.database?.plan ? { plan: s.database.plan } : {}) });
  const folder = (h: HostPlan) => ({
    mirror: `${stateRoot(s)}/repository.git`, commit: aim.commit, tag: aim.tag, deployment: aim.deployment, path: h.release, shared: h.shared, sharedPaths: s.shared, owner: s.owner,
    plain: h.legacy ? app : null,
  });
  const venv = (h: HostPlan) => ({ ...s.python, release: h.release, folder: h.venvs, owner: s.owner, deployment: aim.deployment });
  const tree = (h: HostPlan) => (h.legacy ? { app, legacy: h.legacy, shared: h.shared, sharedPaths: s.shared } : undefined);
  const vhost = (h: HostPlan) => `${h.release}/${s.nginx.source}`;
  const dumpFile = (h: HostPlan) => `${h.folder}/backup/database.sqlite3`;
  const others = (h: HostPlan) => h.facts.nginx.others.flatMap(({ path, target }) => (target ? [{ path, target }] : []));
  /** A unit that is new in this release has nothing to stop yet. */
  const installed = (h: HostPlan) => units.filter((name) => h.facts.units.find((unit) => unit.name === name)?.fragment);
  const wasRunning = (h: HostPlan) => units.filter((name) => h.facts.units.find((unit) => unit.name === name)?.active);

  return [
    { title: 'fetch the release', activity: 'fetchRelease', phase: 'prepare', limit: time.build, onTurnBack: 'stop',
      run: () => fetchTag(`${stateRoot(s)}/repository.git`, s.repository, aim.tag, aim.commit) },
    { title: 'release directory', activity: 'makeReleaseDirectory', phase: 'prepare', limit: time.build, onTurnBack: 'stop',
      run: (h) => makeRelease(folder(h)), undo: (h) => removeRelease(folder(h), app) },
    { title: 'virtual environment', activity: 'installDependencies', phase: 'prepare', limit: time.build, onTurnBack: 'stop',
      run: (h) => installVenv(venv(h)), undo: (h) => removeVenv(venv(h), app) },
    { title: 'nginx: test the new vhost beside the live one', activity: 'testVhost', phase: 'prepare', kind: 'check', limit: time.switch,
      run: (h) => nginx.testBeside(h.site, vhost(h)) },
    ...(database ? [{ title: 'read the pending migrations', activity: 'planMigrations', phase: 'prepare' as const, limit: time.migrate, once: true as const, classifies: true as const, onTurnBack: 'stop' as const,
      run: (h: HostPlan) => migrations(h).classify() }] : []),

    { title: 'back up configuration and code', activity: 'backupConfiguration', phase: 'backup', limit: time.build, onTurnBack: 'stop',
      run: (h) => backup(`${h.folder}/backup`, backedUp(h), archives(s, h)) },
    ...(database ? [{ title: 'trial dump of the database', activity: 'trialDump', phase: 'backup' as const, limit: time.migrate, once: true as const, onTurnBack: 'stop' as const,
      run: (h: HostPlan) => sqlite.dump(database, `${h.folder}/backup/trial.sqlite3`, false) }] : []),

    { title: 'users get the old release again', activity: 'checkFromOutside', phase: 'close', kind: 'check', limit: time.check,
      outside: { undo: outside.before, seconds: time.check } },
    { title: 'nginx: maintenance page', activity: 'serveMaintenancePage', phase: 'close', limit: time.switch,
      run: (h) => nginx.serveMaintenance(h.site, maintenanceVhost(h.facts.nginx.vhost ?? '', { ...s.nginx.maintenance, retryAfter: seconds(s.nginx.maintenance.retry_after) })),
      undo: (h) => nginx.reopen(h.site, h.facts.nginx.maintenanceSha256 ? savedCopy(`${h.folder}/backup`, h.site.maintenance) : null, h.localLink) },
    { title: 'users get the maintenance page', activity: 'checkClosed', phase: 'close', kind: 'check', limit: time.switch,
      run: () => sh([probe(aim.helper, closedProbe(s, time.switch))]) },

    { title: 'the old release answers', activity: 'checkOldRelease', phase: 'stop', kind: 'check', limit: checkTime,
      undo: (h) => (wasRunning(h).length > 0 ? throughLocalWayIn(s, h, h.oldProbes, [...systemd.stayUp(wasRunning(h), Math.min(time.stable, OLD_STAYS))], aim.helper) : undefined) },
    { title: 'stop the app', activity: 'stopServices', phase: 'stop', limit: time.service,
      run: (h) => (installed(h).length > 0 ? systemd.stopUnits(installed(h).reverse()) : undefined), undo: (h) => (wasRunning(h).length > 0 ? systemd.startUnits(wasRunning(h)) : undefined) },
    ...(database ? [{ title: 'final dump of the database', activity: 'backupDatabase', phase: 'stop' as const, limit: time.migrate, once: true as const,
      run: (h: HostPlan) => sqlite.dump(database, dumpFile(h), true) }] : []),
    { title: 'turn the plain directory into releases', activity: 'convertDirectory', phase: 'stop', limit: time.switch,
      run: (h) => { const c = tree(h); return c && convert(c); },
      undo: (h) => { const c = tree(h); return c && unconvert(c, s.shared.filter((path) => !h.facts.shared[path])); } },

    ...(database ? [{ title: 'migrate', activity: 'migrateDatabase', phase: 'migrate' as const, limit: time.migrate, once: true as const, schema: 'classified' as const,
      run: (h: HostPlan) => migrations(h).upgrade(), undo: (h: HostPlan) => sqlite.restore(database, dumpFile(h)) }] : []),

    { title: 'systemd: install the units', activity: 'installUnits', phase: 'switch', limit: time.switch,
      run: (h) => systemd.installUnits(h.units), undo: (h) => systemd.restoreUnits(h.units) },
    { title: 'nginx: install the vhost', activity: 'installVhost', phase: 'switch', limit: time.switch,
      run: (h) => sh(installFile(vhost(h), h.site.available, [h.facts.nginx.vhostSha256])),
      undo: (h) => sh(restoreFile(h.site.available, savedCopy(`${h.folder}/backup`, h.site.available), h.facts.nginx.vhostSha256, vhost(h))) },
    { title: 'nginx: take other sites out', activity: 'disableSites', phase: 'switch', limit: time.switch,
      run: (h) => (others(h).length > 0 ? nginx.disable(others(h)) : undefined), undo: (h) => (others(h).length > 0 ? nginx.enableAgain(others(h)) : undefined) },
    { title: 'switch to the release', activity: 'switchRelease', phase: 'switch', limit: time.switch,
      run: (h) => switchTo(app, h.release, h.previous), undo: (h) => switchTo(app, h.previous, h.release) },

    { title: 'start the app', activity: 'startServices', phase: 'start', limit: time.service + 30,
      run: (h) => systemd.startUnits(units, markLogs(h.logs)),
      undo: () => systemd.stopUnits([...units].reverse()) },
    { title: 'the new release answers, stays up and logs no error', activity: 'checkNewRelease', phase: 'check', kind: 'check', limit: checkTime,
      run: (h) => throughLocalWayIn(s, h, h.newProbes, [...units.map((unit) => runsFromRelease(unit, app, h.release)), ...systemd.stayUp(units, time.stable), ...scanLogs(h.logs)], aim.helper) },

    { title: 'nginx: open the site', activity: 'openSite', phase: 'open', limit: time.switch, letsTrafficIn: true,
      run: (h) => nginx.enable(h.site, h.site.available, [h.site.maintenance]), undo: (h) => nginx.enable(h.site, h.site.maintenance, [h.site.available]) },
    { title: 'users get the new release', activity: 'checkFromOutside', phase: 'open', kind: 'check', limit: time.check,
      outside: { run: outside.fresh, seconds: time.check } },

    { title: 'remove old releases', activity: 'removeOldReleases', phase: 'settle', limit: time.build,
      run: (h) => prune(s.paths.releases, app, h.previous, s.retention.releases) },
  ];
}

/** Files whose exact earlier content an undo needs; missing ones have nothing to save. */
function backedUp(h: HostPlan): string[] {
  return [
    ...h.units.filter((unit) => unit.was !== null).map((unit) => unit.path),
    ...h.facts.units.flatMap((unit) => unit.dropIns),
    ...(h.facts.nginx.vhostSha256 ? [h.site.available] : []),
    ...(h.facts.nginx.maintenanceSha256 ? [h.site.maintenance] : []),
    ...(h.site.was === null ? [] : [h.site.enabled]),
  ];
}

/** nginx's whole configuration; and, before the first deployment, the old code, which no release directory holds yet. */
function archives(s: Settings, h: HostPlan): { name: string; of: string; exclude: string[] }[] {
  const nginxFolder = s.nginx.available_dir.slice(0, s.nginx.available_dir.lastIndexOf('/'));
  return [
    { name: 'nginx', of: nginxFolder, exclude: [] },
    ...(h.legacy ? [{ name: 'code', of: s.paths.app, exclude: [...s.shared.filter((path) => path !== s.env.file), 'venv', '__pycache__'] }] : []),
  ];
}

function closedProbe(s: Settings, until: number): HostProbe {
  const site = new URL(s.url);
  const port = site.port || (site.protocol === 'https:' ? '443' : '80');
  return { name: 'maintenance page', url: s.url, connect: `127.0.0.1:${port}`, verify: false, status: 503, until };
}

/** Probes through nginx's own loopback copy of the installed vhost, while users still get the maintenance page. */
function throughLocalWayIn(s: Settings, h: HostPlan, probes: readonly HostProbe[], then: readonly string[], helper: string): RemoteCommand {
  return sh([...nginx.localWayIn(h.site, h.localLink, { https: s.nginx.local_port, http: s.nginx.local_http_port }), ...probes.map((reading) => probe(helper, reading)), ...then]);
}

function runsFromRelease(unit: string, app: string, release: string): string {
  return `[ "$(systemctl show -p WorkingDirectory --value ${quote(unit)})" != ${quote(app)} ] || ${systemd.runsFrom(unit, release)}`;
}
