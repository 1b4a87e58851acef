// Lines of the runbook that every strategy has, while users get the maintenance page.
import { installFile, restoreFile, savedCopy } from '../../commands/files';
import * as nginx from '../../commands/nginx';
import { probe, type ProbeDocument } from '../../commands/probe';
import { convert, switchTo, unconvert } from '../../commands/release';
import { sh } from '../../commands/remote-command';
import { marking, schemaBack } from '../../commands/schema-back';
import { seconds } from '../../config/units';
import type { Context, Runtime } from '../context';
import type { HostPlan } from '../host-plan';
import type { Line } from '../step';
import { maintenanceVhost, newVhost } from '../vhost';

type Lines = Line<HostPlan>[];

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

/** The dump that a restore would use, taken when nobody writes any more on any host: a phase of its own waits for all of them. And its copy elsewhere. */
export function dumped({ s, time, database, files, aim }: Context): Lines {
  if (!database) return [];
  return [
    { title: 'final dump of the database', activity: 'backupDatabase', phase: 'migrate', limit: time.migrate, once: true,
      run: (h) => database.dump(files(h).dump, { frozen: true }) },
    ...(s.offsite ? [{ title: 'copy the dump off the host', activity: 'copyBackupOffsite', phase: 'migrate' as const, limit: time.migrate,
      job: { kind: 'offsite' as const, name: `${aim.deployment}.${database.suffix}`, file: (h: HostPlan) => files(h).dump } }] : []),
  ];
}

/** On the first deployment: the plain directory becomes a release like any other. */
export function converted({ s, time }: Context): Lines {
  const tree = (h: HostPlan) => (h.legacy ? { app: s.paths.app, legacy: h.legacy, shared: h.shared, sharedPaths: s.shared, stood: h.facts.folders } : undefined);
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
      run: (h) => sh(installFile(newVhost(s.nginx.source, h), h.site.available, [h.facts.nginx.vhostSha256])),
      undo: (h) => sh(restoreFile(h.site.available, savedCopy(`${h.folder}/backup`, h.site.available), h.facts.nginx.vhostSha256, newVhost(s.nginx.source, h))) },
    { title: 'nginx: take other sites out', activity: 'disableSites', phase: 'switch', limit: time.switch,
      run: (h) => (others(h).length > 0 ? nginx.disable(others(h)) : undefined), undo: (h) => (others(h).length > 0 ? nginx.enableAgain(others(h)) : undefined) },
    { title: 'switch to the release', activity: 'switchRelease', phase: 'switch', limit: time.switch,
      run: (h) => switchTo(s.paths.app, h.release, h.previous), undo: (h) => switchTo(s.paths.app, h.previous, h.release) },
  ];
}

function closedProbe(url: string, until: number): ProbeDocument {
  const site = new URL(url);
  const port = site.port || (site.protocol === 'https:' ? '443' : '80');
  return { name: 'maintenance page', url, connect: `127.0.0.1:${port}`, verify: false, status: 503, until };
}
