/** All that may differ between environments but hosts and addresses: the part of sternway.yml that a client sends. */
import { z } from 'zod';
import { DEFAULTS } from '../defaults';
import { bake, bakeOnProbes } from './bake';
import { database, isInside, logs, owner, paths, python, shared, units } from './app';
import { drills } from './drills';
import { describe, rule, section } from './field';
import { followUps } from './follow-ups';
import { gates } from './gates';
import { kindOf, probes } from './probes';
import { messages } from './messages';
import { reports } from './reports';
import { line, relativePath, repository, variableName } from './text';
import { choice, integer } from './values';
import { compose, django, offsite, tests } from './stack';
import { nginx, retention, thresholds, timeouts, versions } from './web';

const env = rule(
  section('The file with the environment variables of the app. It is never written, only looked at.', {
    file: describe(relativePath('.env'), { doc: 'The file, inside a shared path.' }).prefault(DEFAULTS.envFile),
    required: describe(z.array(variableName('SECRET_KEY')), { doc: 'Names that must be there, with a value.', example: '[SECRET_KEY]' }).prefault([]),
    required_from: describe(relativePath('deploy/required-env'), { doc: 'A file of the release with more such names, one a line: asked before anything is changed.' }).optional(),
    assert: describe(z.record(variableName('DEBUG'), line({ expects: 'a text', example: '"false"' })), {
      doc: 'Names that must be there with exactly this value. No secrets here: both are shown.',
      example: '{ DEBUG: "false" }',
    }).prefault({}),
  }),
  ['required'],
  ({ required }, report) => {
    required.forEach((name, index) => {
      if (required.indexOf(name) < index) report(['required', index], `must be named once (got ${name} again)`, 'leave one of them out');
    });
  },
);

/** In the order of the reference. */
export const settingsShape = {
  repository: describe(repository(), { doc: 'The git repository of the app, as the hosts reach it. A release is a tag in it.' }),
  strategy: describe(choice(['systemd', 'compose']), { doc: 'How the app runs: as systemd units in a virtual environment, or in containers by Compose.' }),
  owner,
  paths,
  shared,
  python: python.prefault({}),
  units,
  compose: compose.optional(),
  django: django.optional(),
  tests: tests.optional(),
  nginx,
  database: database.optional(),
  offsite: offsite.optional(),
  env: env.prefault({}),
  probes,
  verify: describe(integer(1, 3, '2'), { doc: 'The tier of probes up to which a release must pass before it counts as deployed; until then a failing probe takes it back.' }).prefault(DEFAULTS.verify),
  bake: bake.optional(),
  logs,
  thresholds: thresholds.prefault({}),
  versions: versions.prefault({}),
  retention: retention.prefault({}),
  messages: messages.optional(),
  reports: reports.optional(),
  timeouts: timeouts.prefault({}),
  gates: gates.optional(),
  follow_ups: followUps.optional(),
  drills: drills.optional(),
};

interface Across {
  strategy: string;
  shared: readonly string[];
  units: readonly unknown[];
  compose?: unknown;
  django?: unknown;
  database?: { engine: string; file?: string | undefined; status?: unknown; upgrade?: unknown; plan?: unknown; downgrade?: unknown } | undefined;
  offsite?: unknown;
  reports?: { s3?: boolean | undefined } | undefined;
  env: { file: string };
  probes: readonly Parameters<typeof kindOf>[0][];
  bake?: z.output<typeof bake> | undefined;
}

/** The rules that reach over sections. */
export function withRules<S extends z.ZodType<Across>>(schema: S): S {
  const keep = (key: 'database' | 'env', what: string) => (checked: S) =>
    rule(checked, ['shared', key], (value, report) => {
      const file = value[key]?.file;
      if (file === undefined || value.shared.some((kept) => isInside(file, kept))) return;
      report([key, 'file'], `must lie in a shared path, or the next release would be without it (got ${file})`, `add ${what} to shared`);
    });
  return reporting(baking(migrations(strategy(keep('env', 'it')(keep('database', 'its directory')(schema))))));
}

/** One bucket is enough: the one of the backups. */
function reporting<S extends z.ZodType<Across>>(schema: S): S {
  return rule(schema, ['reports', 'offsite'], ({ reports: kept, offsite: bucket }, report) => {
    if (kept?.s3 === true && bucket === undefined) report(['reports', 's3'], 'must be left out without offsite, which names the bucket (got true)', 'add the section offsite, or keep reports in a directory');
  });
}

/** What the bake reads must be among the probes. */
function baking<S extends z.ZodType<Across>>(schema: S): S {
  return rule(schema, ['probes', 'bake'], ({ bake: watched, probes: all }, report) => {
    if (watched !== undefined) bakeOnProbes(watched, all.map((one) => ({ name: one.name, kind: kindOf(one) })), (path, ...rest) => report(['bake', ...path], ...rest));
  });
}

function strategy<S extends z.ZodType<Across>>(schema: S): S {
  return rule(schema, ['strategy', 'units', 'compose'], (value, report) => {
    if (value.strategy === 'systemd' && value.units.length === 0) report(['units'], 'must name at least one unit (got none)', 'add [{ name: shop.service, source: systemd/shop.service }], or choose strategy: compose');
    if (value.strategy === 'systemd' && value.compose !== undefined) report(['compose'], 'must be left out with strategy: systemd (got a section)', 'leave it out, or choose strategy: compose');
    if (value.strategy === 'compose' && value.units.length > 0) report(['units'], 'must be left out with strategy: compose (got some)', 'leave them out, or choose strategy: systemd');
    if (value.strategy === 'compose' && value.compose === undefined) report(['compose'], 'is missing, with strategy: compose', 'add project and services');
  });
}

/** Who moves the schema: Django, or commands of the app. */
function migrations<S extends z.ZodType<Across>>(schema: S): S {
  return rule(schema, ['strategy', 'django', 'database', 'offsite'], (value, report) => {
    const { database: db, django: framework } = value;
    if (value.offsite !== undefined && db === undefined) report(['offsite'], 'must be left out without a database: it takes dumps (got a section)', 'leave it out, or add the database');
    if (db === undefined) return;
    for (const key of ['status', 'upgrade', 'plan', 'downgrade'] as const) {
      if (framework !== undefined && db[key] !== undefined) report(['database', key], 'must be left out with django, which knows its migrations (got a command)', 'leave it out');
      if (framework === undefined && db[key] === undefined && (key === 'status' || key === 'upgrade')) report(['database', key], 'is missing', 'add the command, or the section django');
    }
    if (framework === undefined && value.strategy === 'compose') report(['database'], 'must move by django with strategy: compose (got commands)', 'add the section django, or leave database out');
    if (db.engine === 'sqlite' && value.strategy === 'compose') report(['database', 'engine'], 'must be a server with strategy: compose (got sqlite)', 'choose mysql or postgres');
  });
}
