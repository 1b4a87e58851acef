/**
 * The schema of sternway.yml and the types that come of it. Pure: no Node built-in, so that workflow code may use it.
 * `settingsSchema` reads what it gave again and changes nothing, so a worker checks what a client sent with it.
 */
import { z } from 'zod';
import { describe, section } from './schema/field';
import { hosts, secrets } from './schema/hosts';
import { settingsShape, withRules } from './schema/settings';
import { address, localPath, plainName, siteUrl } from './schema/text';

const app = describe(plainName('shop'), { doc: 'Name of the app, in workflow ids, reports and directories. One name per app and host.' });
const environmentName = plainName('production');
const url = describe(siteUrl(), { doc: 'Where users reach the site.' });

const environment = section('An environment: where the app runs.', {
  url,
  connect: describe(address('10.0.0.5'), { doc: 'Address to connect to, in place of what DNS says, when the site is checked from outside.' }).optional(),
  ca: describe(localPath('./ca.pem'), {
    doc: 'File of a certificate authority (PEM) to trust, beside those of the system, when the site is checked from outside. Relative to sternway.yml, on the machine of the worker.',
  }).optional(),
  hosts,
  overrides: describe(z.record(z.string(), z.unknown()), {
    doc: 'Any of the fields above but `app`, for this environment only. Mappings are merged, lists and secrets replaced.',
    example: '{ retention: { releases: 10 } }',
  }).optional(),
});

/** The whole file. `overrides` are checked by parse.ts, merged with what they override. */
export const documentSchema = withRules(
  z.strictObject({
    app,
    ...settingsShape,
    secrets,
    environments: describe(
      z.record(environmentName, environment).refine((all) => Object.keys(all).length > 0),
      { doc: 'The environments, by name.', expects: 'a mapping with at least one environment', example: 'production: { url: https://shop.test, hosts: … }' },
    ),
  }),
);

/** What one environment gets of the top level, its overrides merged in. */
export const mergedSchema = withRules(z.strictObject({ ...settingsShape, secrets }));

export const settingsSchema = withRules(z.strictObject({ app, environment: environmentName, url, ...settingsShape }));

/** What a client sends: everything but hosts, keys and secrets. Durations, sizes and shares are text (see units.ts). */
export type Settings = z.output<typeof settingsSchema>;
export type Probe = Settings['probes'][number];
/** A probe that is one request. */
export type HttpProbe = Extract<Probe, { path: string }>;
export type Bake = NonNullable<Settings['bake']>;
/** A threshold of the bake, and a source of its figures. */
export type Threshold = Bake['thresholds'][number];
export type Source = Bake['sources'][number];
/** Rehearsals, and what their proof is worth. */
export type DrillSettings = NonNullable<Settings['drills']>;
/** Whom to tell what; undefined where nobody is told. */
export type MessagesSettings = NonNullable<Settings['messages']>;
export type Unit = Settings['units'][number];
export type Host = z.output<typeof hosts>[string];
export type Bastion = NonNullable<Host['bastion']>;
export type SecretSource = z.output<typeof secrets>[string];
export type Role = Host['roles'][number];

/** What only the worker uses. */
export interface Inventory {
  readonly app: string;
  readonly environment: string;
  /** Where to connect for the check from outside, in place of DNS. */
  readonly connect?: string;
  /** Absolute path of a PEM file. */
  readonly ca?: string;
  /** By name, in the order of the file. Paths of keys are absolute. */
  readonly hosts: Readonly<Record<string, Host>>;
  readonly secrets: Readonly<Record<string, SecretSource>>;
}

/** All that sternway.yml says of one environment, overrides merged in. */
export type EnvironmentConfig = Settings & Inventory;

export interface Config {
  readonly app: string;
  /** Absolute path of the file. */
  readonly file: string;
  readonly environments: Readonly<Record<string, EnvironmentConfig>>;
}
