/** The one place that reads sternway.yml. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { LineCounter, parseDocument, visit, type Document, type ErrorCode, type Node } from 'yaml';
import { ConfigError, type Problem } from './errors';
import { parseConfig, type LineOf } from './parse';
import type { Bastion, Config, EnvironmentConfig, Host, SecretSource } from './schema';
import { UserError } from './user-error';

export { resolveEnvironment, splitInventory } from './environment';
export { hashSettings } from './hash';

/**
 * Reads and checks a configuration file; nothing else is touched. Paths of keys, certificates and secrets come back
 * absolute: relative to the file, `~/` to the home directory.
 * @throws ConfigError with all mistakes, UserError when the file cannot be read
 */
export function loadConfig(path: string): Config {
  const file = resolve(path);
  const lines = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter: lines, prettyErrors: false, version: '1.2' });
  const broken = syntaxProblems(document, lines);
  if (broken.length > 0) throw new ConfigError(file, broken);
  const config = parseConfig(toPlain(document, file), file, lineFinder(document, lines));
  const environments = Object.entries(config.environments).map(([name, environment]) => [name, located(environment, dirname(file))]);
  return { ...config, environments: Object.fromEntries(environments) as Config['environments'] };
}

function readText(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new UserError(`no configuration at ${file}: run from the directory that holds it, or name it with --config PATH`);
    if (code === 'EISDIR') throw new UserError(`${file} is a directory: name the configuration file in it`);
    if (code === 'EACCES' || code === 'EPERM') throw new UserError(`${file} cannot be read by this user (${code}): change its owner or mode`);
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw new UserError(`${file} is not a text file in UTF-8: save it as one`);
    throw new UserError(`${file} cannot be read (${code ?? String(error)}): check the path`);
  }
}

const SYNTAX_HINTS: Partial<Record<ErrorCode, string>> = {
  DUPLICATE_KEY: 'keep one of the two',
  TAB_AS_INDENT: 'indent with spaces',
  MULTIPLE_DOCS: 'keep one document in the file',
  TAG_RESOLVE_FAILED: 'write plain values, without tags',
};

function syntaxProblems(document: Document, lines: LineCounter): Problem[] {
  const problems = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    code,
    path: '',
    problem: `is not good YAML: ${message.split('\n')[0]?.trim()}`,
    hint: SYNTAX_HINTS[code] ?? 'check the indentation, quotes and brackets here and in the line before',
    line: lines.linePos(pos[0]).line,
  }));
  visit(document, {
    Pair: (_, { key }) => {
      const { value, range } = key as { value?: unknown; range?: Node['range'] };
      // JavaScript would take it for something else, so nobody would see it again.
      if (value !== '__proto__') return;
      problems.push({ code: 'BAD_ALIAS', path: '', problem: 'has the key __proto__', hint: 'take it out', line: lines.linePos(range?.[0] ?? 0).line });
    },
  });
  // After a first structural mistake the parser only guesses; a key given twice leads to no other.
  const first = problems.find(({ code }) => code !== 'DUPLICATE_KEY');
  return problems.filter((problem) => problem.code === 'DUPLICATE_KEY' || problem === first).map(({ code: _, ...problem }) => problem);
}

function toPlain(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new ConfigError(file, [{ path: '', problem: `is not good YAML: ${(error as Error).message}`, hint: 'write the values out instead of using aliases' }]);
  }
}

/** Where the value stands, or what is nearest around it: a missing field is reported at its section. */
function lineFinder(document: Document, lines: LineCounter): LineOf {
  return (keys) => {
    for (let depth = keys.length; depth > 0; depth -= 1) {
      const node = document.getIn(keys.slice(0, depth), true) as Node | undefined;
      if (node?.range) return lines.linePos(node.range[0]).line;
    }
    return undefined;
  };
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
