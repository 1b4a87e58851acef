// Lines of the runbook that every strategy has, before anything that users see is changed.
import { backup } from '../../commands/files';
import { names as requiredNames } from '../../commands/env-names';
import { fetchTag, makeRelease, removeRelease } from '../../commands/git';
import * as nginx from '../../commands/nginx';
import { quote, sh } from '../../commands/remote-command';
import { accepted, keepingKind } from '../../commands/schema-back';
import { collectStatic } from '../../commands/static-files';
import { seconds } from '../../config/units';
import type { Context, Runtime } from '../context';
import type { HostPlan } from '../host-plan';
import type { Line } from '../step';
import { newVhost } from '../vhost';

type Lines = Line<HostPlan>[];

/** Code of the release, in a directory of its own. */
export function delivered({ s, aim, time, state }: Context): Lines {
  const mirror = `${state}/repository.git`;
  const folder = (h: HostPlan) => ({
    mirror, commit: aim.commit, tag: aim.tag, deployment: aim.deployment, path: h.release, shared: h.shared, sharedPaths: s.shared, owner: s.owner, plain: h.legacy ? s.paths.app : null, stood: h.facts.folders,
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
      run: (h) => nginx.testBeside(h.site, newVhost(s.nginx.source, h)) },
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

/** Copies of all that will change, proven, before anything does; and that a dump of this size finds its way off the host in time. */
export function backedUp({ s, aim, time, database, files }: Context): Lines {
  const rehearse = s.database?.rehearse ?? false;
  return [
    { title: 'back up configuration and code', activity: 'backupConfiguration', phase: 'backup', limit: time.build, onTurnBack: 'stop',
      run: (h) => backup(`${h.folder}/backup`, backedUpFiles(h), archives(s, h)) },
    ...(database ? [{ title: 'trial dump of the database', activity: 'trialDump', phase: 'backup' as const, limit: time.migrate, once: true as const, onTurnBack: 'stop' as const,
      run: (h: HostPlan) => database.dump(files(h).trial, { frozen: false }) }] : []),
    ...(database && rehearse ? [{ title: 'rehearse a restore', activity: 'rehearseRestore', phase: 'backup' as const, limit: time.migrate, once: true as const, onTurnBack: 'stop' as const,
      run: (h: HostPlan) => database.scratchRestore(files(h).trial) }] : []),
    ...(database && s.offsite ? [{ title: 'trial copy off the host', activity: 'trialCopyOffsite', phase: 'backup' as const, limit: time.migrate, onTurnBack: 'stop' as const,
      job: { kind: 'offsite' as const, name: `${aim.deployment}.trial.${database.suffix}`, file: (h: HostPlan) => files(h).trial, trial: true as const } }] : []),
  ];
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
