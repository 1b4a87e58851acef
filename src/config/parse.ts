import type { z } from 'zod';
import { drillGrounds } from './drill-ground';
import { ConfigError, pathText, type Problem } from './errors';
import { isMapping, mergeOverrides, type Mapping } from './merge';
import { check, show, valueAt, type Checked, type Mistake } from './problems';
import { documentSchema, mergedSchema, settingsSchema, type Config, type EnvironmentConfig, type Settings } from './schema';

/** Line of the value at these keys, or of the nearest one around it. */
export type LineOf = (keys: readonly PropertyKey[]) => number | undefined;

type Merged = z.output<typeof mergedSchema>;

/**
 * The configuration in a document that was read from `file`. Touches no file: paths stay as written.
 * @throws ConfigError with all mistakes, those in the overrides of every environment included
 */
export function parseConfig(document: unknown, file: string, lineOf: LineOf = () => undefined): Config {
  if (!isMapping(document)) {
    const problem = `must be a mapping of settings (got ${show(document)})`;
    throw new ConfigError(file, [{ path: '', problem, hint: 'begin with app: and the name of the app; docs/configuration.md shows a whole file' }]);
  }
  const whole = check(documentSchema, document);
  const base = 'mistakes' in whole ? whole.mistakes : [];
  const { app: _app, environments: written, ...topLevel } = document;
  const alone = check(mergedSchema, topLevel);
  const told = new Set('mistakes' in alone ? alone.mistakes.map(({ keys }) => pathText(keys)) : []);
  const merged = mergedByEnvironment(topLevel, alone, written);
  const inOverrides = [...merged].flatMap(([name, result]) => ('mistakes' in result ? overrideMistakes(name, result.mistakes, told, document) : []));
  const mistakes = [...base, ...inOverrides];
  if ('mistakes' in whole || mistakes.length > 0) throw new ConfigError(file, inFileOrder(mistakes, lineOf));

  const environments: Record<string, EnvironmentConfig> = {};
  for (const [name, { overrides: _, ...environment }] of Object.entries(whole.value.environments)) {
    const result = merged.get(name);
    if (result !== undefined && 'value' in result) environments[name] = { app: whole.value.app, environment: name, ...environment, ...result.value } as EnvironmentConfig;
  }
  const grounds = drillGrounds(environments, document);
  if (grounds.length > 0) throw new ConfigError(file, inFileOrder(grounds, lineOf));
  return { app: whole.value.app, file, environments };
}

/**
 * Settings from another process, checked as if they came from a file. Gives back what it was given when that is whole.
 * @throws ConfigError
 */
export function checkSettings(value: unknown, source = 'the settings that were sent'): Settings {
  const result = check(settingsSchema, value);
  if ('value' in result) return result.value;
  throw new ConfigError(source, inFileOrder(result.mistakes, () => undefined));
}

function mergedByEnvironment(topLevel: Mapping, alone: Checked<Merged>, environments: unknown): Map<string, Checked<Merged>> {
  const results = new Map<string, Checked<Merged>>();
  for (const [name, environment] of Object.entries(isMapping(environments) ? environments : {})) {
    const overrides = isMapping(environment) ? environment['overrides'] : undefined;
    results.set(name, isMapping(overrides) ? check(mergedSchema, mergeOverrides(topLevel, overrides)) : alone);
  }
  return results;
}

/** Those that the overrides brought. What is wrong without them too (`told`) is told once, at the top level. */
function overrideMistakes(environment: string, mistakes: readonly Mistake[], told: ReadonlySet<string>, document: Mapping): Mistake[] {
  const at = ['environments', environment, 'overrides'];
  const overrides = valueAt(document, at);
  return mistakes
    .filter(({ keys }) => valueAt(overrides, keys) !== undefined || !told.has(pathText(keys)))
    .map((mistake) => ({ ...mistake, keys: [...at, ...mistake.keys] }));
}

/** With the line of each, where it is known. */
export function inFileOrder(mistakes: readonly Mistake[], lineOf: LineOf): Problem[] {
  const problems = mistakes.map(({ keys, problem, hint }) => {
    const line = lineOf(keys);
    return { path: pathText(keys), problem, hint, ...(line === undefined ? {} : { line }) };
  });
  return problems.sort((left, right) => (left.line ?? 0) - (right.line ?? 0));
}
