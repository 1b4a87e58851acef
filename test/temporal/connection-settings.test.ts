import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UserError } from '../../src/config/user-error';
import { connectionSettings, type ConnectionOverrides } from '../../src/temporal/connection-settings';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'settings-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string): string {
  const full = path.join(directory, name);
  writeFileSync(full, content);
  return full;
}

function mistake(env: NodeJS.ProcessEnv, overrides?: ConnectionOverrides): string {
  try {
    connectionSettings(overrides, { HOME: directory, ...env });
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

test('without any setting it is the default namespace of a server on this machine, unencrypted', () => {
  expect(connectionSettings({}, { HOME: directory })).toMatchObject({ address: '127.0.0.1:7233', namespace: 'default', options: { address: '127.0.0.1:7233', tls: undefined } });
});

test('the command line wins over variables, variables over the file, and empty variables count for nothing', () => {
  const TEMPORAL_CONFIG_FILE = file('temporal.toml', '[profile.default]\naddress = "file:1"\nnamespace = "from-file"\n[profile.other]\naddress = "other:2"\n');
  const settings = (env: NodeJS.ProcessEnv, overrides?: ConnectionOverrides) => {
    const { address, namespace } = connectionSettings(overrides, { TEMPORAL_CONFIG_FILE, ...env });
    return `${address} ${namespace}`;
  };
  expect(settings({})).toBe('file:1 from-file');
  expect(settings({ TEMPORAL_ADDRESS: '', TEMPORAL_NAMESPACE: '', TEMPORAL_TLS: '', TEMPORAL_API_KEY: '' })).toBe('file:1 from-file');
  expect(settings({ TEMPORAL_ADDRESS: 'env:3' })).toBe('env:3 from-file');
  expect(settings({ TEMPORAL_ADDRESS: 'env:3', TEMPORAL_NAMESPACE: 'from-env' }, { address: 'flag', namespace: 'from-flag' })).toBe('flag:7233 from-flag');
  expect(settings({ TEMPORAL_PROFILE: 'other' })).toBe('other:2 default');
});

test('an API key turns TLS on, and certificates are read from their files', () => {
  const withKey = connectionSettings({}, { HOME: directory, TEMPORAL_API_KEY: 'key' });
  expect(withKey.options).toMatchObject({ apiKey: 'key', tls: true });
  const crt = file('client.crt', 'a certificate');
  const key = file('client.key', 'its key');
  const withCertificate = connectionSettings({}, { HOME: directory, TEMPORAL_TLS_CLIENT_CERT_PATH: crt, TEMPORAL_TLS_CLIENT_KEY_PATH: key });
  const { tls } = withCertificate.options;
  const pair = typeof tls === 'object' ? tls?.clientCertPair : undefined;
  expect([pair?.crt, pair?.key].map((bytes) => Buffer.from(bytes ?? []).toString())).toEqual(['a certificate', 'its key']);
});

test('refuses what cannot be meant, in one sentence each, instead of going on without it', () => {
  const missing = path.join(directory, 'missing.toml');
  // Each of these the library would take in silence, some of them for "no TLS".
  expect(mistake({ TEMPORAL_CONFIG_FILE: missing })).toBe(`TEMPORAL_CONFIG_FILE names ${missing}, which does not exist: correct or unset it.`);
  expect(mistake({ TEMPORAL_TLS: 'yes', TEMPORAL_API_KEY: 'key' })).toBe('TEMPORAL_TLS is "yes": set it to true or false.');
  expect(mistake({ TEMPORAL_TLS_CLIENT_CERT_PATH: file('only.crt', '') })).toContain('name a client certificate without its key');
  expect(mistake({ TEMPORAL_CONFIG_FILE: file('a.toml', '[profile.default]\nadress = "typo:1"\n') })).toMatch(/cannot be used: .*adress.*TEMPORAL_CONFIG_FILE/);
  expect(mistake({ TEMPORAL_CONFIG_FILE: file('b.toml', '[profile.default\n') })).toContain('cannot be used: ');
  expect(mistake({ TEMPORAL_CONFIG_FILE: file('c.toml', ''), TEMPORAL_PROFILE: 'staging' })).toMatch(/cannot be used: .*staging/);
  expect(mistake({ TEMPORAL_TLS_CLIENT_CERT_PATH: missing, TEMPORAL_TLS_CLIENT_KEY_PATH: missing })).toContain(missing);
});

test('an address is host:port and nothing else', () => {
  for (const address of ['http://host:7233', 'host:port', 'host:0', 'host:70000', 'host:1:2', 'ho st', ':7233', '::1', '']) {
    expect(mistake({}, { address })).toBe(`The address of the Temporal server is ${JSON.stringify(address)}: write it as host:port, for example 127.0.0.1:7233.`);
  }
  for (const [given, meant] of [['host', 'host:7233'], ['host:1', 'host:1'], ['[::1]:7234', '[::1]:7234'], ['[::1]', '[::1]:7233'], ['10.0.0.1:65535', '10.0.0.1:65535']] as const) {
    expect(connectionSettings({ address: given }, { HOME: directory }).address).toBe(meant);
  }
});
