import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConfigError } from '../../src/config/errors';
import { parseConfig } from '../../src/config/parse';
import { readSecret, resolveSecret } from '../../src/config/secrets';
import { Sensitive } from '../../src/config/sensitive';
import { UserError } from '../../src/config/user-error';
import { fullDocument, put } from './document';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sternway-secrets-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

const inventory = (secrets: Record<string, { env?: string; file?: string }>) => ({ environment: 'production', secrets });

test('a secret comes from the environment of the worker at the moment of use', () => {
  const from = inventory({ DB_PASSWORD: { env: 'STERNWAY_TEST_SECRET' } });
  vi.stubEnv('STERNWAY_TEST_SECRET', 'one');
  expect(resolveSecret(from, 'DB_PASSWORD')).toBe('one');
  vi.stubEnv('STERNWAY_TEST_SECRET', 'two');
  expect(resolveSecret(from, 'DB_PASSWORD')).toBe('two');
});

test('a secret comes from a file, whose last line break does not count', () => {
  const file = join(directory, 'key');
  writeFileSync(file, ' a b\nc \r\n');
  expect(resolveSecret(inventory({ KEY: { file } }), 'KEY')).toBe(' a b\nc ');
});

test.each([
  ['an unknown name', 'DB_PASWORD', 'there is no secret DB_PASWORD for production: did you mean DB_PASSWORD?'],
  ['a name of all objects', 'constructor', 'there is no secret constructor for production: add it to secrets in sternway.yml'],
  ['a variable that is not set', 'DB_PASSWORD', 'the secret DB_PASSWORD has no value: the environment variable STERNWAY_TEST_UNSET is not set where the worker runs; set it and try again'],
  ['a file that is not there', 'KEY', 'the secret KEY cannot be read: /nowhere/key (ENOENT) on the machine of the worker; put it there, readable for the worker alone'],
])('refuses %s in one sentence', (_, name, sentence) => {
  const from = inventory({ DB_PASSWORD: { env: 'STERNWAY_TEST_UNSET' }, KEY: { file: '/nowhere/key' } });
  expect(() => resolveSecret(from, name)).toThrow(new UserError(sentence));
});

test('an empty secret is refused', () => {
  const file = join(directory, 'empty');
  writeFileSync(file, '\n');
  expect(() => resolveSecret(inventory({ KEY: { file } }), 'KEY')).toThrow(`the secret KEY has no value: the file ${file} is empty`);
});

test('a secret shows itself to nobody who prints, logs or serialises it', () => {
  vi.stubEnv('STERNWAY_TEST_SECRET', 'hunter2');
  const secret = readSecret(inventory({ DB_PASSWORD: { env: 'STERNWAY_TEST_SECRET' } }), 'DB_PASSWORD');
  const shown = [String(secret), JSON.stringify({ secret }), inspect(secret), inspect({ deep: [secret] }, { showHidden: true }), JSON.stringify(Object.entries(secret)), inspect(structuredClone({ ...secret }))];
  expect(shown.join(' ')).not.toContain('hunter2');
  expect(new Sensitive('x').unwrap()).toBe('x');
  expect(secret.unwrap()).toBe('hunter2');
});

test('the credentials of the bucket are named, in sternway.yml and in what a client sends; a key in their place is refused and not repeated [SE-07]', () => {
  const document = fullDocument();
  put(document, ['offsite', 'access_key'], 'AKIAIOSFODNN7EXAMPLE');
  put(document, ['offsite', 'secret_key'], { secret: 'S3_SECRET', value: 'wJalrXUtnFEMI' });
  try {
    parseConfig(document, 'sternway.yml');
    expect.unreachable();
  } catch (error) {
    expect((error as ConfigError).problems.map(({ path }) => path)).toEqual(['offsite.access_key', 'offsite.secret_key.value']);
    expect((error as ConfigError).message).not.toMatch(/wJalr|AKIA/);
  }
});
