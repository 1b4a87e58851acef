/** All that may differ between environments but hosts and addresses: the part of sternway.yml that a client sends. */
import { z } from 'zod';
import { DEFAULTS } from '../defaults';
import { database, isInside, logs, owner, paths, python, shared, units } from './app';
import { describe, rule, section } from './field';
import { probes } from './probes';
import { line, relativePath, repository, variableName } from './text';
import { choice } from './values';
import { nginx, retention, thresholds, timeouts, versions } from './web';

const env = rule(
  section('The file with the environment variables of the app. It is never written, only looked at.', {
    file: describe(relativePath('.env'), { doc: 'The file, inside a shared path.' }).prefault(DEFAULTS.envFile),
    required: describe(z.array(variableName('SECRET_KEY')), { doc: 'Names that must be there, with a value.', example: '[SECRET_KEY]' }).prefault([]),
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
  strategy: describe(choice(['systemd']), { doc: 'How the app runs.' }),
  owner,
  paths,
  shared,
  python: python.prefault({}),
  units,
  nginx,
  database: database.optional(),
  env: env.prefault({}),
  probes,
  logs,
  thresholds: thresholds.prefault({}),
  versions: versions.prefault({}),
  retention: retention.prefault({}),
  timeouts: timeouts.prefault({}),
};

type Shared = { shared: readonly string[]; database?: { file: string } | undefined; env: { file: string } };

/** The rules that reach over sections. */
export function withRules<S extends z.ZodType<Shared>>(schema: S): S {
  const keep = (key: 'database' | 'env', what: string) => (checked: S) =>
    rule(checked, ['shared', key], (value, report) => {
      const file = value[key]?.file;
      if (file === undefined || value.shared.some((kept) => isInside(file, kept))) return;
      report([key, 'file'], `must lie in a shared path, or the next release would be without it (got ${file})`, `add ${what} to shared`);
    });
  return keep('env', 'it')(keep('database', 'its directory')(schema));
}
