import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigError } from '../../src/config/errors';
import { loadConfig } from '../../src/config/load';
import { UserError } from '../../src/config/user-error';
import { fullDocument, put } from './document';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sternway-config-'));
  file = join(directory, 'sternway.yml');
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** What is said of a file with this text. */
function refusal(text: string | Buffer): string {
  writeFileSync(file, text);
  return refusalOf(file);
}

function refusalOf(path: string): string {
  try {
    loadConfig(path);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message.replaceAll(directory, '');
  }
  return 'accepted';
}

test('the example app has a good configuration', () => {
  const config = loadConfig(resolve(__dirname, '../../examples/shop/sternway.yml'));
  expect(config.environments['production']).toMatchObject({ app: 'shop', environment: 'production', url: 'https://shop.test', paths: { app: '/opt/shop', releases: '/opt/shop.releases' } });
});

test('every mistake is told at once, in the order of the file, with its line', () => {
  const document = fullDocument();
  put(document, ['timeouts', 'deadline'], 30);
  put(document, ['owner', 'user'], undefined);
  put(document, ['retention'], { releses: 5 });
  put(document, ['environments', 'production', 'overrides'], { nginx: { local_port: 0 } });
  const text = stringify(document);
  const lineOf = (start: string) => text.split('\n').findIndex((line) => line.trimStart().startsWith(start)) + 1;
  expect(refusal(text)).toBe(`/sternway.yml has 4 mistakes:
  owner.user (line ${lineOf('group:') }): is missing - add it, for example user: shop
  retention.releses (line ${lineOf('releses:')}): is not a known key - did you mean releases?
  timeouts.deadline (line ${lineOf('deadline:')}): must be a duration such as 1h30m, 10s or 500ms, from 1ms to 7d (got 30) - for example 30s
  environments.production.overrides.nginx.local_port (line ${lineOf('local_port: 0')}): must be a whole number from 1 to 65535 (got 0) - for example 8443`);
});

test.each<[title: string, text: string, said: RegExp]>([
  ['an empty file', '', /^\/sternway.yml has a mistake:\n {2}must be a mapping of settings \(got nothing\) - begin with app:/],
  ['a file of comments', '# nothing yet\n', /got nothing/],
  ['a list', '- app: shop\n', /must be a mapping of settings \(got a list\)/],
  ['a word', 'shop\n', /must be a mapping of settings \(got "shop"\)/],
  ['a key given twice', 'app: shop\nstrategy: systemd\napp: store\n', /\n {2}line 3: is not good YAML: Map keys must be unique - keep one of the two$/],
  ['tabs as indentation', 'app: shop\nowner:\n\tuser: shop\n', /line 3: is not good YAML: .*[Tt]ab.* - indent with spaces$/],
  ['an open bracket', 'app: shop\nshared: [a, b\nunits: []\n', /line \d: is not good YAML: .* - check the indentation, quotes and brackets/],
  ['two documents', 'app: shop\n---\napp: store\n', /is not good YAML: .* - keep one document in the file$/],
  ['a tag', 'app: !secret shop\n', /line 1: is not good YAML: Unresolved tag: !secret - write plain values/],
  ['an alias of nothing', 'app: *shop\n', /is not good YAML: .*shop/],
  ['aliases that grow without end', `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefghi'.split('').map((name, index) => `${name}: &${name} [${Array<string>(10).fill(`*${'abcdefgh'[index]}`).join(',')}]\n`).join('')}`, /alias/],
  ['the key __proto__', 'app: shop\nsecrets: { __proto__: { env: X } }\n', /line 2: has the key __proto__ - take it out$/],
])('refuses %s in one sentence with what to do', (_, text, said) => {
  const refused = refusal(text);
  expect(refused).toMatch(said);
  expect(refused.split('\n')).toHaveLength(2);
});

test('two keys given twice are both told', () => {
  expect(refusal('app: a\napp: b\nshared: []\nshared: []\n').match(/line \d/g)).toEqual(['line 2', 'line 4']);
});

test('says where it looked for a file that is not there, and what to do', () => {
  expect(refusalOf(file)).toBe('no configuration at /sternway.yml: run from the directory that holds it, or name it with --config PATH');
  expect(refusalOf(join(directory, 'nowhere', 'sternway.yml'))).toMatch(/^no configuration at \/nowhere\/sternway.yml: /);
});

test('says what else keeps it from reading a file', () => {
  mkdirSync(file);
  expect(refusalOf(file)).toBe('/sternway.yml is a directory: name the file in it');
  rmSync(file, { recursive: true });
  expect(refusal(Buffer.from([0x61, 0x3a, 0x20, 0xff]))).toBe('/sternway.yml is not a text file in UTF-8: save it as one');
  expect(refusalOf(`${file}\0`)).toMatch(/cannot be read/);
});

test('a file that this user may not read is named as such', () => {
  writeFileSync(file, 'app: shop', { mode: 0o000 });
  // root reads it all the same: then the mistake is another one.
  expect(refusalOf(file)).toMatch(process.getuid?.() === 0 ? /has \d+ mistakes/ : /cannot be read by this user \(EACCES\): change its owner or mode/);
});

test('files of the worker are found relative to the configuration file or the home directory', () => {
  const document = fullDocument();
  put(document, ['secrets', 'API_KEY', 'file'], 'secrets/api_key');
  writeFileSync(file, stringify(document));
  const production = loadConfig(file).environments['production'];
  expect(production?.ca).toBe(join(directory, 'ca.pem'));
  expect(production?.hosts['web-1']).toMatchObject({ key: join(homedir(), '.ssh/id_ed25519'), bastion: { key: join(directory, 'keys/gate') } });
  expect(production?.secrets).toEqual({ DB_PASSWORD: { env: 'SHOP_DB_PASSWORD' }, API_KEY: { file: join(directory, 'secrets/api_key') } });
});

test('a ConfigError carries its problems as data', () => {
  writeFileSync(file, stringify({ ...fullDocument(), app: 'Shop!' }));
  expect(() => loadConfig(file)).toThrow(ConfigError);
  try {
    loadConfig(file);
  } catch (error) {
    expect((error as ConfigError).problems).toEqual([
      { path: 'app', problem: 'must be a plain name: small letters, digits and hyphens, a letter first, at most 40 (got "Shop!")', hint: 'for example shop', line: 1 },
    ]);
  }
});
