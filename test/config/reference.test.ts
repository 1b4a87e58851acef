import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError, problemText } from '../../src/config/errors';
import { parseConfig } from '../../src/config/parse';
import { renderReference } from '../../src/config/reference';
import { documentSchema } from '../../src/config/schema';
import { metaOf } from '../../src/config/schema/field';
import { fullDocument, put } from './document';
import { fieldsOf } from './mutations';

test('docs/configuration.md is what the schema says (npm run docs brings it up to date)', () => {
  expect(readFileSync(resolve(__dirname, '../../docs/configuration.md'), 'utf8')).toBe(renderReference());
});

test('every field is explained', () => {
  const silent = fieldsOf(documentSchema, fullDocument()).filter(({ named, schema }) => named && !/^[A-Z`].*\.$/s.test(metaOf(schema).doc ?? ''));
  expect(silent.map(({ keys }) => keys.join('.'))).toEqual([]);
});

test('the mistakes shown in the reference are the ones that are told', () => {
  const document = fullDocument();
  put(document, ['timeouts', 'deadline'], 30);
  put(document, ['retentoin'], {});
  try {
    parseConfig(document, 'sternway.yml');
    expect.unreachable();
  } catch (error) {
    for (const problem of (error as ConfigError).problems) expect(renderReference().replace(/ \(line \d+\)/g, '')).toContain(problemText(problem));
  }
});

test('the schema and all that works on settings in a workflow use no Node built-in', () => {
  const seen = new Set<string>();
  const imported = new Set<string>();
  const follow = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/from '([^']+)'/g)) {
      if (name.startsWith('.')) follow(`${resolve(dirname(file), name)}.ts`);
      else imported.add(name);
    }
  };
  for (const name of ['schema', 'parse', 'environment', 'units', 'versions', 'placeholders', 'canonical', 'sensitive', 'errors']) follow(resolve(__dirname, `../../src/config/${name}.ts`));
  expect(seen.size).toBeGreaterThan(15);
  expect([...imported]).toEqual(['zod']);
});
