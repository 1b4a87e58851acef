import { settingsSchema, type Config, type EnvironmentConfig, type Inventory, type Settings } from './schema';
import { suggest } from './suggest';
import { UserError } from './user-error';

/** Everything that counts in an environment. @throws UserError for an unknown one, naming those that exist */
export function resolveEnvironment(config: Config, environment: string): EnvironmentConfig {
  const found = Object.hasOwn(config.environments, environment) ? config.environments[environment] : undefined;
  if (found !== undefined) return found;
  const known = Object.keys(config.environments);
  const meant = suggest(environment, known);
  const advice = meant === undefined ? 'use a known one' : `did you mean ${meant}?`;
  throw new UserError(`there is no environment ${JSON.stringify(environment)} in ${config.file}: ${advice} (known: ${known.join(', ')})`);
}

/** What a client sends, and what only the worker uses. */
export function splitInventory(environment: EnvironmentConfig): { settings: Settings; inventory: Inventory } {
  const { app, environment: name, connect, ca, hosts, secrets } = environment;
  const settings = Object.fromEntries(Object.entries(environment).filter(([key]) => key in settingsSchema.shape)) as Settings;
  return {
    settings,
    inventory: { app, environment: name, ...(connect === undefined ? {} : { connect }), ...(ca === undefined ? {} : { ca }), hosts, secrets },
  };
}
