/** What is deployed and where it lives on a host. */
import { z } from 'zod';
import { DEFAULTS } from '../defaults';
import { describe, rule, section } from './field';
import { absolutePath, line, pattern, program, relativePath, requirement, template, unitName, userName } from './text';
import { connection } from './connection';
import { choice } from './values';

/** Directories that hold far more than one app: never an app's own. */
const NOT_AN_APP = /^\/(bin|boot|dev|etc|lib|lib64|proc|root|run|sbin|sys|usr)(\/|$)|^\/[^/]+$|^\/var\/(backups|cache|lib|local|log|mail|spool|tmp)$/;

export const owner = section('The Linux user and group that own the files of the app and run its programs.', {
  user: describe(userName('shop'), { doc: 'User.' }),
  group: describe(userName('shop'), { doc: 'Group.' }),
});

const pathFields = section('Directories on the hosts.', {
  app: describe(absolutePath('/opt/shop'), {
    doc: 'The directory of the app. The first deployment makes it a link to the current release; what was there is kept as the release before.',
  }),
  releases: describe(absolutePath('/opt/shop.releases'), {
    doc: 'Releases, shared files, virtual environments and the clone. Default: `app` with `.releases` after it. On the file system of `app`.',
  }).optional(),
  state: describe(absolutePath(DEFAULTS.state), { doc: 'Records of what was done on the host, backups and the helper.' }).prefault(DEFAULTS.state),
});

export const paths = rule(pathFields, 'all', (value, report) => {
  if (NOT_AN_APP.test(value.app)) {
    report(['app'], `must be a directory of the app alone (got ${value.app})`, 'give it one of its own, for example /opt/shop');
    return;
  }
  for (const key of ['releases', 'state'] as const) {
    const other = value[key] ?? '';
    if (isInside(other, value.app)) report([key], `must not lie in paths.app, which becomes a link (got ${other})`, `put it beside ${value.app}`);
  }
}).transform((value) => ({ ...value, releases: value.releases ?? `${value.app}.releases` }));

export const shared = rule(
  describe(
    z.array(
      describe(relativePath('media').refine((path) => !/^(venv|REVISION|\.git)(\/|$)/.test(path)), {
        expects: 'a path inside the release: relative, without . or .., of letters, digits and . _ + @ -; not venv, REVISION or .git',
        example: 'media',
      }),
    ),
    { doc: 'Files and directories that outlive a release: uploads, the database, `.env`. Each release gets links to them.', example: '[.env, media, data]' },
  ),
  'items',
  (items, report) => {
    items.forEach((item, index) => {
      if (typeof item !== 'string') return;
      const outer = items.find((other, at) => (at < index && other === item) || (other !== item && typeof other === 'string' && other !== '' && isInside(item, other)));
      if (outer !== undefined) report([index], `must not lie in another shared path (got ${item}, in ${outer})`, 'leave it out: it is kept with the other one');
    });
  },
);

const command = (doc: string, example: string, placeholders: readonly string[] = []) =>
  describe(z.array(template(placeholders, { expects: 'one argument of the command', example: 'database.py' }, (text) => text !== '')).min(1), {
    doc,
    expects: 'a list of at least one item: the program and its arguments',
    example,
  });

export const python = section('The virtual environment of a release.', {
  interpreter: describe(program(), { doc: 'The Python that makes the environment.' }).prefault(DEFAULTS.interpreter),
  version: describe(requirement('">=3.11"'), { doc: 'Which version of it is needed.' }).prefault(DEFAULTS.python),
  requirements: describe(relativePath('requirements.txt'), {
    doc: 'File with the packages. Releases with the same content share one environment.',
  }).prefault(DEFAULTS.requirements),
  pip: describe(z.array(line({ expects: 'one argument of pip', example: '--no-index' })), {
    doc: 'More arguments for `pip install`.',
    example: '[--no-index, --find-links, /srv/wheels]',
  }).prefault([]),
});

/** Of what must not run twice, a scheduler above all. */
export const once = describe(z.boolean(), { doc: 'On the first host only, however many there are.', expects: 'true or false', example: 'true' }).prefault(false);

export const units = rule(
  describe(
    z
      .array(
        section('A systemd unit of the app.', {
          name: describe(unitName(), { doc: 'Name of the unit on the host.' }),
          source: describe(relativePath('systemd/shop.service'), { doc: 'Its file in the release.' }),
          once,
        }),
      ),
    {
      doc: 'The systemd units of the app, in the order in which they start; they stop in the opposite order. For `strategy: systemd`, at least one.',
      expects: 'a list of units',
      example: '[{ name: shop.service, source: systemd/shop.service }]',
    },
  ),
  'items',
  (items, report) => {
    unique(items, report, 'unit');
  },
).prefault([]);

const databaseFields = section('The database. Leave the section out when the app has none that Sternway should look after.', {
  engine: describe(choice(['sqlite', 'mysql', 'postgres']), { doc: 'Kind of database; `mysql` for MariaDB, too.' }),
  file: describe(relativePath('data/shop.sqlite3'), { doc: 'For `sqlite`: the database file, inside a shared path.' }).optional(),
  connection: connection.optional(),
  status: command('Prints the current revision of the schema, alone on its line.', '[venv/bin/python, database.py, status]').optional(),
  upgrade: command(
    'Brings the schema to what the release needs. Runs in the release directory as the owner, like `status`, `plan` and `downgrade`. With the section `django` all four are left out.',
    '[venv/bin/python, database.py, upgrade]',
  ).optional(),
  downgrade: command('Takes the schema back with the new code. `{revision}` is the revision to go back to. Without it, the way back is the backup.', '[venv/bin/python, database.py, downgrade, "{revision}"]', [
    'revision',
  ]).optional(),
  plan: command('Prints the pending migrations as JSON: `[{"revision", "kind": "additive" | "reversible" | "irreversible"}]`.', '[venv/bin/python, database.py, plan]').optional(),
  accept: describe(choice(['additive', 'reversible', 'irreversible']), {
    doc: 'The worst kind of pending migrations that is applied without a word of a person. A release with a worse one goes back before the site closes; who has looked at its migrations deploys it with `--accept`.',
  }).prefault(DEFAULTS.accept),
  rehearse: describe(z.boolean(), {
    doc: 'Load the trial dump into an empty schema beside the database, compare it, and drop it again, before anything is changed. `mysql` and `postgres` only.',
    expects: 'true or false',
    example: 'true',
  }).prefault(false),
});

export const database = rule(databaseFields, ['engine', 'file', 'connection', 'rehearse', 'upgrade', 'plan', 'accept'], (value, report) => {
  const server = value.engine !== 'sqlite';
  if (!server && value.file === undefined) report(['file'], 'is missing: sqlite is a file', 'add it, for example data/shop.sqlite3');
  if (!server && value.connection !== undefined) report(['connection'], 'must be left out: sqlite has no server (got one)', 'leave it out');
  if (!server && value.rehearse) report(['rehearse'], 'must be false: a copy of a sqlite file is proven as it is made (got true)', 'leave it out');
  if (server && value.file !== undefined) report(['file'], `must be left out: ${value.engine} is reached over a connection (got ${value.file})`, 'leave it out');
  // Nobody can tell what such an upgrade does, so each one would wait for a word.
  if (value.upgrade && !value.plan && value.accept !== 'irreversible') report(['accept'], `must be irreversible where plan is missing, without which every upgrade counts as that (got ${value.accept})`, 'add plan, a command that prints the pending migrations, or set accept: irreversible');
});

export const logs = describe(
  z.array(
    section('A log file.', {
      path: describe(absolutePath('/var/log/shop/gunicorn.log'), { doc: 'The file on the host.' }),
      fail_on: describe(z.array(pattern()).min(1), {
        doc: 'Regular expressions; a line written since the release that matches one is a failure.',
        expects: 'a list of at least one regular expression',
        example: "['Traceback', '\\bERROR\\b']",
      }).prefault([...DEFAULTS.failOn]),
    }),
  ),
  { doc: 'Log files that are searched after a release started.', example: '[{ path: /var/log/shop/gunicorn.log }]' },
).prefault([]);

export function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

/** Reports every item whose name an earlier one has. Items may have mistakes of their own. */
export function unique(items: readonly unknown[], report: (path: PropertyKey[], problem: string, hint: string) => void, what: string): void {
  const seen = new Set<unknown>();
  items.forEach((item, index) => {
    const name: unknown = typeof item === 'object' && item !== null && 'name' in item ? item.name : undefined;
    if (typeof name === 'string' && seen.has(name)) report([index, 'name'], `must be unique (got ${JSON.stringify(name)} again)`, `give each ${what} a name of its own`);
    seen.add(name);
  });
}
