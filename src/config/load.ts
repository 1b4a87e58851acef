/** The one place that reads sternway.yml. */
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { parseConfig } from './parse';
import type { Bastion, Config, EnvironmentConfig, Host, SecretSource } from './schema';
import { readYaml } from './yaml-file';

export { resolveEnvironment, splitInventory } from './environment';
export { hashSettings } from './hash';

/**
 * Reads and checks a configuration file; nothing else is touched. Paths of keys, certificates and secrets come back
 * absolute: relative to the file, `~/` to the home directory.
 * @throws ConfigError with all mistakes, UserError when the file cannot be read
 */
export function loadConfig(path: string): Config {
  const file = resolve(path);
  const { document, lineOf } = readYaml(file, `no configuration at ${file}: run from the directory that holds it, or name it with --config PATH`);
  const config = parseConfig(document, file, lineOf);
  const environments = Object.entries(config.environments).map(([name, environment]) => [name, located(environment, dirname(file))]);
  return { ...config, environments: Object.fromEntries(environments) as Config['environments'] };
}

function located(environment: EnvironmentConfig, directory: string): EnvironmentConfig {
  const local = (path: string) => (path.startsWith('~/') ? join(homedir(), path.slice(2)) : isAbsolute(path) ? path : resolve(directory, path));
  const withKey = <T extends Host | Bastion>(login: T): T => (login.key === undefined ? login : { ...login, key: local(login.key) });
  const host = (one: Host): Host => withKey(one.bastion === undefined ? one : { ...one, bastion: withKey(one.bastion) });
  const secret = (source: SecretSource): SecretSource => (source.file === undefined ? source : { file: local(source.file) });
  return {
    ...environment,
    ...(environment.ca === undefined ? {} : { ca: local(environment.ca) }),
    hosts: mapValues(environment.hosts, host),
    secrets: mapValues(environment.secrets, secret),
  };
}

function mapValues<T>(record: Readonly<Record<string, T>>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
