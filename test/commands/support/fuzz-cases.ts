import * as compose from '../../../src/commands/compose';
import { composeRunner, djangoMigrations, venvRunner } from '../../../src/commands/django';
import type { Connection, Database } from '../../../src/commands/database';
import { databaseOf } from '../../../src/commands/database-of';
import { names } from '../../../src/commands/env-names';
import * as files from '../../../src/commands/files';
import { fetchTag, makeRelease, removeRelease } from '../../../src/commands/git';
import * as logs from '../../../src/commands/logs';
import { commandMigrations } from '../../../src/commands/migrations';
import * as nginx from '../../../src/commands/nginx';
import { measure, upload } from '../../../src/commands/offsite';
import { probe } from '../../../src/commands/probe';
import { convert, prune, switchTo, unconvert } from '../../../src/commands/release';
import { argv, hereDocument, say, sh, stop, type RemoteCommand } from '../../../src/commands/remote-command';
import { accepted, asRoot, keepingKind, marking, schemaBack } from '../../../src/commands/schema-back';
import { collectStatic } from '../../../src/commands/static-files';
import * as systemd from '../../../src/commands/systemd';
import { installVenv, removeVenv } from '../../../src/commands/venv';
import type { Words } from './fuzz-words';

export interface Case {
  readonly command: RemoteCommand | undefined;
  /** What a program prints, by its name: so that guards let the script go on. */
  readonly answers?: Readonly<Record<string, string>>;
  /** Directories that are there. */
  readonly folders?: readonly string[];
  /** Files that are programs, too. */
  readonly programs?: readonly string[];
}

/** A builder of src/commands with words from outside in every place that takes one. */
export type Make = (w: Words) => Case;

const SUM = 'a'.repeat(64);
const user = (w: Words) => ({ user: w.name(), group: w.name() });
const ports = { https: 8443, http: 8480 };

function site(w: Words, was: string | null = w.name()): nginx.Site {
  return { enabled: w.path(), available: w.path(), maintenance: w.path(), was };
}

function folder(w: Words, plain: string | null): Parameters<typeof makeRelease>[0] {
  return { mirror: w.path(), commit: w.name(), tag: w.name(), deployment: w.name(), path: w.path(), shared: w.path(), sharedPaths: [w.part(), `x/${w.part()}`], owner: user(w), plain, stood: [] };
}

function venv(w: Words): Parameters<typeof installVenv>[0] {
  return { interpreter: 'python3', release: w.path(), requirements: w.name(), folder: w.path(), pip: [w.name(), w.name()], owner: user(w), deployment: w.name(), stood: [] };
}

function connection(w: Words): Connection {
  return { host: { value: w.name() }, port: { env: w.name() }, name: { value: w.name() }, user: { value: w.name() }, password: { env: w.name() } };
}

function composed(w: Words): compose.Compose {
  return { command: 'docker-compose', project: w.name(), files: [w.path(), w.path()], images: w.path() };
}

const services = (w: Words): compose.Service[] => [{ name: w.name() }, { name: w.name(), image_of: w.name() }];

/** Each method of a database, by its engine. */
function databases(engine: 'sqlite' | 'mysql' | 'postgres'): Record<string, Make> {
  const database = (w: Words): Database => databaseOf(engine === 'sqlite' ? { engine, file: w.path() } : { engine, env_file: w.path(), connection: connection(w) });
  const answers = { readlink: '/nowhere/file' };
  return {
    [`${engine}: dump`]: (w) => ({ command: database(w).dump(w.path(), { frozen: true }) }),
    [`${engine}: prove`]: (w) => ({ command: database(w).prove(w.path()) }),
    [`${engine}: restorable`]: (w) => ({ command: database(w).restorable() }),
    [`${engine}: restore`]: (w) => ({ command: database(w).restore(w.path()), answers }),
    [`${engine}: scratch restore`]: (w) => ({ command: database(w).scratchRestore(w.path()) }),
    [`${engine}: ping`]: (w) => ({ command: database(w).ping() }),
    [`${engine}: count`]: (w) => ({ command: database(w).count(w.name()) }),
    [`${engine}: loss`]: (w) => ({ command: database(w).loss(w.path()) }),
  };
}

export const CASES: Readonly<Record<string, Make>> = {
  argv: (w) => ({ command: sh([argv('touch', '--', ...Array.from({ length: 850 }, w.name))]) }),
  'say and stop': (w) => ({ command: sh([say(w.name()), `false || ${stop(w.name(), 1)}`]) }),
  'here-document': (w) => ({ command: sh([hereDocument(w.path(), `${w.name()}\n${w.name()}\nEND\n`), 'cat < calls > /dev/null']) }),
  'as root': (w) => ({ command: sh([asRoot({ script: `${argv('touch', '--', w.name())}\n`, user: w.name(), cwd: w.folder }), asRoot({ script: `${argv('touch', '--', w.name())}\n` })]), answers: { getent: 'x:x:1:1::/home/x:/bin/sh' } }),
  'swap a link': (w) => { const from = w.name(); return { command: sh(files.swapLink(w.path(), w.name(), [from])), answers: { readlink: from } }; },
  'swap a link that somebody changed': (w) => ({ command: sh(files.swapLink(w.path(), w.name(), [w.name()])), answers: { readlink: w.name() } }),
  'remove a link': (w) => { const target = w.name(); return { command: sh(files.removeLink(w.path(), target)), answers: { readlink: target } }; },
  'remove a link that somebody changed': (w) => ({ command: sh(files.removeLink(w.path(), w.name())), answers: { readlink: 'other' } }),
  'install a file': (w) => ({ command: sh(files.installFile(w.path(), w.path(), [null])) }),
  'restore a file': (w) => ({ command: sh(files.restoreFile(w.path(), w.path(), SUM, w.path())), answers: { sha256sum: SUM, cut: SUM } }),
  backup: (w) => { const to = w.path(); return { command: files.backup(to, [w.path(), w.path()], [{ name: w.name(), of: w.path(), exclude: [w.name()] }]), folders: [to] }; },
  'fetch a tag': (w) => { const commit = w.name(); return { command: fetchTag(w.path(), w.name(), w.name(), commit), answers: { git: commit } }; },
  'make a release': (w) => { const f = folder(w, w.path()); return { command: makeRelease(f), folders: [`${f.path}.part`] }; },
  'remove a release': (w) => { const f = folder(w, w.path()); return { command: removeRelease(f, w.path()), folders: [f.shared] }; },
  'required names': (w) => ({ command: names(w.path(), w.path()) }),
  logs: (w) => { const scan = { path: w.path(), mark: w.path(), failOn: [w.name(), w.name()] }; return { command: sh([...logs.markLogs([scan]), ...logs.markRelease(w.path()), ...logs.scanLogs([scan])]), answers: { stat: '1 2' } }; },
  'migrations by commands': (w) => {
    const m = commandMigrations({ release: w.folder, user: w.name(), upgrade: ['touch', w.name(), w.name()], plan: ['touch', w.name()], status: ['touch', w.name()], downgrade: ['touch', w.name()] });
    return { command: sh([m.classify(), m.state(w.path()), m.reverse(w.path()), m.showPlan(), m.upgrade()].flatMap((each) => (each ? [`( ${each.script} ) || true`] : []))), answers: { python3: 'schema: none', tr: '[]' } };
  },
  'migrations by Django': (w) => {
    const m = djangoMigrations(venvRunner(w.path(), w.name(), w.name()));
    const c = djangoMigrations(composeRunner(['docker-compose', w.name()], w.path(), w.name(), w.name()));
    return { command: sh([m, c].flatMap((each) => [each.classify(), each.upgrade(), each.state(w.path()), each.reverse(w.path()), each === c ? each.showPlan() : undefined]).flatMap((each) => (each ? [`( ${each.script} ) || true`] : []))) };
  },
  'nginx: enable': (w) => { const s = site(w); const from = w.name(); return { command: nginx.enable(s, s.available, [from]), answers: { readlink: from, cat: '1' } }; },
  'nginx: maintenance': (w) => { const s = site(w); return { command: nginx.serveMaintenance(s, `${w.name()}\n`), answers: { readlink: s.was ?? '', cat: '1' } }; },
  'nginx: reopen': (w) => { const s = site(w); return { command: nginx.reopen(s, w.path(), w.path()), answers: { readlink: s.maintenance, cat: '1' } }; },
  'nginx: reopen without a link before': (w) => { const s = site(w, null); return { command: nginx.reopen(s, null, w.path()), answers: { readlink: s.maintenance, cat: '1' } }; },
  'nginx: other sites': (w) => { const links = [{ path: w.path(), target: w.name() }]; return { command: sh([`( ${nginx.disable(links).script} ) || true`, nginx.enableAgain(links).script]), answers: { readlink: links[0]?.target ?? '' } }; },
  'nginx: test beside': (w) => ({ command: nginx.testBeside(site(w), w.path()), answers: { readlink: '/nowhere' } }),
  'nginx: test beside nothing': (w) => ({ command: nginx.testBeside(site(w, null), w.path()) }),
  'nginx: local way in': (w) => ({ command: sh(nginx.localWayIn(site(w), w.path(), ports)), answers: { cat: '1' } }),
  'off the host': (w) => ({ command: sh([`( ${measure(w.path()).script} ) || true`, 'STERNWAY_UPLOAD_URL=x', upload({ path: w.path(), bytes: 1, sha256: SUM }, { [w.name()]: w.name() }, 5, w.name()).script]) }),
  probe: (w) => ({ command: sh([probe(w.path(), { name: w.name(), url: w.name(), connect: w.name(), ca_pem: w.name(), env_file: w.path(), status: 200, json: { [w.name()]: w.name() }, contains: w.name(), method: w.name(), headers: { [w.name()]: w.name() }, send: { text: w.name() } })]) }),
  'probe with a secret': (w) => ({ command: sh(['TOKEN=x', probe(w.path(), { name: w.name(), url: 'https://x.test', status: 200, headers: { [w.name()]: { secret: 'TOKEN' } } })]) }),
  convert: (w) => { const c = { app: w.path(), legacy: w.path(), shared: w.path(), sharedPaths: [w.part(), `x/${w.part()}`], stood: [] }; return { command: convert(c), folders: [c.app], answers: { readlink: c.legacy } }; },
  unconvert: (w) => { const c = { app: w.path(), legacy: w.path(), shared: w.path(), sharedPaths: [w.part(), w.part()], stood: [] }; return { command: unconvert(c, [c.sharedPaths[0] ?? '']), folders: [c.legacy, c.shared], answers: { readlink: c.legacy } }; },
  switch: (w) => { const from = w.path(); return { command: switchTo(w.path(), w.path(), from), answers: { readlink: from } }; },
  prune: (w) => { const at = w.path(); return { command: prune(at, w.path(), w.path(), 1), folders: [`${at}/releases`, `${at}/venvs/one`], answers: { ls: '20260101-000000-a', grep: '20260101-000000-a' } }; },
  'schema back by reversing': (w) => { const migrated = w.path(); return { command: schemaBack({ kind: w.path(), migrated, started: w.path(), opened: w.path(), reverse: { script: `${argv('touch', w.name())}\n`, user: w.name() }, restore: { script: 'true\n' }, restoreIsCheap: false }), answers: { cat: 'additive' }, folders: [migrated] }; },
  'schema back by the dump': (w) => ({ command: schemaBack({ kind: w.path(), migrated: w.path(), started: w.path(), opened: w.path(), reverse: undefined, restore: { script: `${argv('touch', w.name())}\n`, user: w.name() }, restoreIsCheap: false }) }),
  'schema marks': (w) => { const mark = w.path(); return { command: sh([`( ${accepted(w.path(), 'additive').script} ) || true`, `( ${marking({ script: `${argv('touch', w.name())}\n`, cwd: w.folder }, mark).script} )`, keepingKind({ script: `${argv('touch', w.name())}\n`, user: w.name() }, w.path()).script]), answers: { cat: 'none', tail: 'schema: none' } }; },
  'static files': (w) => ({ command: collectStatic({ argv: ['touch', w.name()], cwd: w.folder, user: w.name() }, w.path(), user(w)), answers: { find: 'a file' } }),
  'units: stop and start': (w) => ({ command: sh([`( ${systemd.stopUnits([w.name(), w.name()]).script} ) || true`, systemd.startUnits([w.name(), w.name()], [say(w.name())]).script]) }),
  'units: install': (w) => ({ command: systemd.installUnits([{ path: w.path(), source: w.path(), saved: '/nowhere', was: null }]) }),
  'units: restore': (w) => ({ command: systemd.restoreUnits([{ path: w.path(), source: w.path(), saved: w.path(), was: SUM }]), answers: { sha256sum: SUM, cut: SUM } }),
  'units: stay up': (w) => ({ command: sh(systemd.stayUp([w.name(), w.name()], 0.03)), answers: { systemctl: 'ActiveState=active' } }),
  'units: run from': (w) => { const app = w.path(); return { command: sh([systemd.runsFrom(w.name(), app, w.path())]), answers: { systemctl: app, readlink: '/nowhere' } }; },
  'units: run from elsewhere': (w) => { const app = w.path(); return { command: sh([`readlink() { command readlink "$@"; echo x >> seen; /usr/bin/wc -l < seen; }`, systemd.runsFrom(w.name(), app, w.path())]), answers: { systemctl: app } }; },
  'install a venv': (w) => { const v = venv(w); return { command: installVenv(v), answers: { cut: 'abc' }, folders: [`${v.folder}/abc/bin`], programs: [`${v.folder}/abc/bin/python`] }; },
  'remove a venv': (w) => { const v = venv(w); return { command: removeVenv(v, w.path()), folders: [`${v.folder}/one`] }; },
  'compose: build': (w) => { const c = composed(w); return { command: compose.build(c, services(w), w.name()) }; },
  'compose: remove images': (w) => ({ command: compose.removeImages(w.name(), services(w), w.name()), answers: { docker: '1' } }),
  'compose: stop': (w) => ({ command: sh([`( ${compose.stopServices(w.name(), services(w), 5).script} ) || true`, compose.removeServices(w.name(), services(w), 5).script]) }),
  'compose: start': (w) => ({ command: compose.startServices(composed(w), services(w), 5), answers: { docker: 'running -', 'docker-compose': '', sort: 'running -', tr: 'running - ' } }),
  'compose: start that fails': (w) => ({ command: compose.startServices(composed(w), services(w), 5), answers: { tr: 'exited - ' } }),
  'compose: images that run': (w) => ({ command: sh(compose.runsImages(w.name(), { [w.name()]: w.name() })), answers: { docker: 'sha256:1', sort: 'sha256:2' } }),
  'compose: stay up': (w) => ({ command: sh(compose.staysUp(w.name(), services(w), 0.03)), answers: { sort: 'a running b' } }),
  'compose: prune': (w) => ({ command: compose.pruneImages(w.name(), services(w), w.path()), answers: { docker: 'sternway/x:y' } }),
  ...databases('sqlite'), ...databases('mysql'), ...databases('postgres'),
};
