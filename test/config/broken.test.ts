import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigError, pathText, problemText } from '../../src/config/errors';
import { parseConfig } from '../../src/config/parse';
import { documentSchema, mergedSchema } from '../../src/config/schema';
import { at, composeDocument, fullDocument, put, settingsDocument, type Doc } from './document';
import { fieldsOf, mutationsOf, type Mutation } from './mutations';

const fields = fieldsOf(documentSchema, fullDocument());
const mutations = mutationsOf(fields);

/** The same mistakes within the overrides of an environment, where nothing needs to be there. */
const OVERRIDES = ['environments', 'production', 'overrides'];
const overridden = () => {
  const document = fullDocument();
  put(document, OVERRIDES, settingsDocument());
  return document;
};
const overrideMutations = mutationsOf(fieldsOf(mergedSchema, overridden(), []))
  .filter(({ kind, field }) => kind !== 'missing' || field.some((key) => typeof key === 'number'))
  .map((mutation) => ({ ...mutation, told: [...OVERRIDES, ...mutation.told], apply: (document: Doc) => void mutation.apply(at(document, OVERRIDES) as Doc) }));

/** Hundreds of documents each: seconds on a quiet machine. */
const LONG = { timeout: 300_000 };

function problemsOf(document: unknown) {
  try {
    parseConfig(document, 'sternway.yml');
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

function expectOne(document: Doc, { apply, told, hint }: Mutation): void {
  apply(document);
  const problems = problemsOf(document);
  expect(problems.map(({ path }) => path)).toEqual([pathText(told)]);
  const sentence = problemText(problems[0] ?? { path: '', problem: '' });
  expect(sentence).toMatch(/^[^\n]+: (must|is|has|begins|holds|says) [^\n]+ - [^\n]+$/);
  expect(sentence).not.toMatch(/undefined|\[object|Invalid|- - /);
  if (hint !== undefined) expect(problems[0]?.hint).toContain(hint);
}

test('the valid document is valid, and every one of its values belongs to a field that is broken below', () => {
  expect(problemsOf(fullDocument())).toEqual([]);
  expect(problemsOf(overridden())).toEqual([]);
  const reached = new Set(fields.map(({ keys }) => pathText(keys)));
  const unreached = leavesOf(fullDocument()).filter((path) => !reached.has(path) && !path.includes('.overrides.'));
  expect(unreached).toEqual([]);
});

test.each(['missing', 'mistyped', 'misspelt', 'out of range'] as const)('a field that is %s gives one sentence at exactly its path', LONG, (kind) => {
  const chosen = mutations.filter((mutation) => mutation.kind === kind);
  expect(chosen.length).toBeGreaterThan(20);
  for (const mutation of chosen) expectNamed(mutation, () => expectOne(fullDocument(), mutation));
});

/** Beside them, what only an app in containers has. */
const inContainers = ['strategy', 'compose', 'django', 'database'];
const composeMutations = mutationsOf(fieldsOf(documentSchema, composeDocument()).filter(({ keys }) => inContainers.includes(String(keys[0]))));

test.each(['missing', 'mistyped', 'misspelt', 'out of range'] as const)('a field of an app in containers that is %s gives one sentence at exactly its path', LONG, (kind) => {
  expect(problemsOf(composeDocument())).toEqual([]);
  const chosen = composeMutations.filter((mutation) => mutation.kind === kind);
  expect(chosen.length).toBeGreaterThan(2);
  for (const mutation of chosen) expectNamed(mutation, () => expectOne(composeDocument(), mutation));
});

test.each(['missing', 'mistyped', 'misspelt', 'out of range'] as const)('a field of the overrides that is %s gives one sentence at exactly its path there', LONG, (kind) => {
  const chosen = overrideMutations.filter((mutation) => mutation.kind === kind);
  expect(chosen.length).toBeGreaterThan(2);
  for (const mutation of chosen) expectNamed(mutation, () => expectOne(overridden(), mutation));
});

test('several mistakes are told at once, each once', LONG, () => {
  const several = fc.uniqueArray(fc.constantFrom(...mutations), { minLength: 2, maxLength: 8, selector: ({ field }) => pathText(field) });
  fc.assert(
    fc.property(several, (chosen) => {
      const independent = chosen.filter((one) => !chosen.some((other) => other !== one && isWithin(one.field, other.field)));
      const document = fullDocument();
      for (const { apply } of independent) apply(document);
      const paths = problemsOf(document).map(({ path }) => path);
      expect(paths.toSorted()).toEqual(independent.map(({ told }) => pathText(told)).toSorted());
    }),
    { numRuns: 300 },
  );
});

function expectNamed({ field, title }: Mutation, check: () => void): void {
  try {
    check();
  } catch (error) {
    (error as Error).message = `${pathText(field)} ${title}: ${(error as Error).message}`;
    throw error;
  }
}

function isWithin(field: Mutation['field'], other: Mutation['field']): boolean {
  return other.every((key, index) => field[index] === key);
}

function leavesOf(value: unknown, keys: (string | number)[] = []): string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, [...keys, index]));
  if (typeof value === 'object' && value !== null) return Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...keys, key]));
  return [pathText(keys)];
}
