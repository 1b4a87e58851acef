import { expect, test } from 'vitest';
import { canonicalJson } from '../../src/config/canonical';
import { resolveEnvironment, splitInventory } from '../../src/config/environment';
import { hashSettings } from '../../src/config/hash';
import { checkSettings, parseConfig } from '../../src/config/parse';
import { at, fullDocument, put, type Doc } from './document';

const OVERRIDES = ['environments', 'production', 'overrides'];

function productionWith(overrides: Doc, change: (document: Doc) => void = () => undefined) {
  const document = fullDocument();
  put(document, OVERRIDES, overrides);
  change(document);
  return resolveEnvironment(parseConfig(document, '/srv/sternway.yml'), 'production');
}

test('overrides are merged into mappings, and replace lists and secrets', () => {
  const merged = productionWith({
    nginx: { maintenance: { title: 'Closed' } },
    shared: ['.env', 'data', 'uploads'],
    env: { assert: { LEVEL: 'warn' } },
    secrets: { DB_PASSWORD: { file: '/run/secrets/db' } },
  });
  expect(merged.nginx).toMatchObject({ site: 'shop', maintenance: { title: 'Closed', message: 'We are back in a minute.' } });
  expect(merged.shared).toEqual(['.env', 'data', 'uploads']);
  expect(merged.env.assert).toEqual({ DEBUG: 'false', LEVEL: 'warn' });
  expect(merged.secrets).toEqual({ DB_PASSWORD: { file: '/run/secrets/db' }, API_KEY: { file: '/run/secrets/api_key' } });
});

test('an override leaves other environments alone', () => {
  const document = fullDocument();
  const production = at(document, ['environments', 'production']) as Doc;
  put(document, ['environments', 'staging'], { ...production, overrides: undefined, url: 'https://staging.shop.test' });
  delete (at(document, ['environments', 'staging']) as Doc)['overrides'];
  // Drills would want machines of their own there.
  put(document, ['drills'], undefined);
  const config = parseConfig(document, '/srv/sternway.yml');
  expect(resolveEnvironment(config, 'production').retention.releases).toBe(10);
  expect(resolveEnvironment(config, 'staging').retention.releases).toBe(5);
});

test('the place of releases follows an overridden place of the app', () => {
  const merged = productionWith({ paths: { app: '/srv/shop' } }, (document) => void put(document, ['paths', 'releases'], undefined));
  expect(merged.paths.releases).toBe('/srv/shop.releases');
});

test('rules hold for what overrides make together with the top level', () => {
  expect(() => productionWith({ shared: ['.env', 'media'] })).toThrow(/environments\.production\.overrides\.database\.file: must lie in a shared path/);
  const withoutDatabase = (document: Doc) => void put(document, ['database'], undefined);
  expect(() => productionWith({ database: { engine: 'sqlite', file: 'data/x', status: ['s'] } }, withoutDatabase)).toThrow(/overrides\.database\.upgrade: is missing/);
});

test.each(['app', 'environments', 'url'])('overrides may not hold %s', (key) => {
  expect(() => productionWith({ [key]: 'x' })).toThrow(`environments.production.overrides.${key}: is not a known key`);
});

test('an unknown environment is refused with the known ones, and the one that was meant', () => {
  const config = parseConfig(fullDocument(), '/srv/sternway.yml');
  expect(() => resolveEnvironment(config, 'prodution')).toThrow('there is no environment "prodution" in /srv/sternway.yml: did you mean production? (known: production)');
  expect(() => resolveEnvironment(config, 'toString')).toThrow('there is no environment "toString" in /srv/sternway.yml: use a known one (known: production)');
});

test('what a client sends holds no host, address, key or secret', () => {
  const { settings, inventory } = splitInventory(productionWith({}));
  const sent = JSON.stringify(settings);
  for (const own of ['10.0.0.', 'gate.shop.test', 'id_ed25519', 'AAAA', 'deploy"', 'DB_PASSWORD', 'SHOP_DB', '/run/secrets', 'ca.pem', 'web-1']) {
    expect(sent).not.toContain(own);
    expect(JSON.stringify(inventory) + 'deploy"').toContain(own);
  }
  expect(Object.keys({ ...settings, ...inventory }).toSorted()).toEqual(Object.keys(productionWith({})).toSorted());
});

test('what a client sent is checked again by the worker, and comes out as it went in', () => {
  const { settings } = splitInventory(productionWith({}));
  const received: unknown = JSON.parse(JSON.stringify(settings));
  expect(checkSettings(received)).toEqual(settings);
  expect(hashSettings(checkSettings(received))).toBe(hashSettings(settings));
  expect(() => checkSettings({ ...settings, hosts: {}, retention: { releases: 1 } })).toThrow(
    /^the settings that were sent has 2 mistakes:\n {2}retention\.releases: must be .*\n {2}hosts: is not a known key/,
  );
  expect(() => checkSettings(undefined)).toThrow('the settings that were sent');
});

test('the hash is that of the intent: neither the order of keys nor the spelling of a duration counts', () => {
  const hashOf = (overrides: Doc) => hashSettings(splitInventory(productionWith(overrides)).settings);
  expect(hashOf({ timeouts: { service: '60s', check: '45s' } })).toBe(hashOf({ timeouts: { check: '45000ms', service: '1m' } }));
  expect(hashOf({ timeouts: { service: '61s' } })).not.toBe(hashOf({ timeouts: { service: '60s' } }));
  expect(hashOf({ shared: ['data', '.env', 'media'] })).not.toBe(hashOf({ shared: ['.env', 'media', 'data'] }));
  expect(hashSettings({ b: [1, { d: 'é', c: null }], a: true })).toBe('b56515827d996f78785feb87c17f2fd96235141b1e74b434486eef2ff47f990e');
});

test('canonical JSON sorts keys, leaves out what is not there, and refuses what JSON cannot say', () => {
  expect(canonicalJson({ b: [1, { d: 'é', c: null }], a: true, gone: undefined })).toBe('{"a":true,"b":[1,{"c":null,"d":"é"}]}');
  expect(() => canonicalJson({ a: Number.NaN })).toThrow(TypeError);
  expect(() => canonicalJson([() => 1])).toThrow(TypeError);
});

test('the names that .env must hold, the values that some of them must have, and the file itself are configuration [PF-10]', () => {
  const names =
    'SECRET_KEY DEBUG ALLOWED_HOSTS DB_NAME DB_USER DB_PASSWORD DB_HOST DB_PORT REDIS_URL CELERY_BROKER_URL AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_BUCKET SENTRY_DSN TOGETHER_API_KEY GEMINI_API_KEY OPENAI_API_KEY RAZORPAY_KEY_ID RAZORPAY_KEY_SECRET'.split(' ');
  const env = { file: 'data/app.env', required: names, assert: { DEBUG: 'false' } };
  expect(splitInventory(productionWith({ env })).settings.env).toEqual({ ...env, required_from: 'deploy/required-env' });
});
