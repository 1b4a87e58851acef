import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { searchAttributes } from '../../src/temporal/search-attributes';

const repository = resolve(__dirname, '../..');
const read = (path: string) => readFileSync(join(repository, path), 'utf8');

interface Service {
  image?: string;
  build?: unknown;
  ports?: (string | { host_ip?: string; published?: string })[];
  depends_on?: Record<string, { condition: string }>;
  environment?: Record<string, string>;
}

/** Compose as the runbook calls it, or its successor; what the machine has. */
function findCompose(): [string, ...string[]] {
  const candidates: [string, ...string[]][] = [['docker-compose'], ['docker', 'compose']];
  const found = candidates.find(([program, ...args]) => spawnSync(program, [...args, 'version']).status === 0);
  if (!found) {
    throw new Error('Neither `docker-compose` nor `docker compose` is here; install one (Debian: apt-get install docker-compose).');
  }
  return found;
}

const folder = mkdtempSync(join(tmpdir(), 'sternway-compose-'));
let all: Record<string, Service>;

/** Fills in deploy/env.example as a user would, and lets Compose resolve and check the file; that needs no Docker daemon. */
function composeConfig(values: Record<string, string>) {
  const envFile = join(folder, 'env');
  const filledIn = read('deploy/env.example').replace(/^([A-Z_]+)=$/gm, (_, name: string) => `${name}=${values[name] ?? ''}`);
  writeFileSync(envFile, filledIn);
  const [program, ...args] = findCompose();
  const { PATH = '', HOME = '' } = process.env;
  return spawnSync(program, [...args, '--env-file', envFile, '-f', 'docker-compose.temporal.yml', 'config'], {
    cwd: repository,
    encoding: 'utf8',
    env: { PATH, HOME },
  });
}

const complete = { POSTGRES_PASSWORD: 'planted-password', STERNWAY_DIR: '/srv/sternway' };

beforeAll(() => {
  const { status, stdout, stderr } = composeConfig(complete);
  expect([status, stderr]).toEqual([0, '']);
  all = parse(stdout).services;
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true }));

test('Compose accepts the production shape, with every part in it', () => {
  expect(Object.keys(all).sort()).toEqual([
    'codec', 'postgresql', 'temporal', 'temporal-namespace', 'temporal-schema', 'temporal-ui', 'worker',
  ]);
});

test('every published port is on the loopback interface', () => {
  const published = Object.values(all).flatMap((service) => service.ports ?? []);
  expect(published.length).toBeGreaterThan(0);
  for (const port of published) {
    expect(typeof port === 'string' ? port.slice(0, 10) : `${port.host_ip}:`).toBe('127.0.0.1:');
  }
});

test('every image is pinned by a tag, and none by latest', () => {
  const images = Object.values(all).map((service) => service.image);
  const bases = [...read('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  for (const image of [...images, ...bases]) expect(image).toMatch(/^[a-z0-9/.-]+:(?!latest$)[A-Za-z0-9_][\w.-]*$/);
});

test('the schema tool is of the version of the server whose schema it makes', () => {
  const version = all['temporal']?.image?.split(':')[1];
  expect(all['temporal-schema']?.image).toBe(`temporalio/admin-tools:${version}`);
  expect(all['temporal-namespace']?.image).toBe(`temporalio/admin-tools:${version}`);
});

test.each([
  ['POSTGRES_PASSWORD', 'set it in .env (cp deploy/env.example .env)'],
  ['STERNWAY_DIR', 'set it in .env to the folder with sternway.yml, keys and secrets'],
])('without %s Compose refuses and says what to do', (name, sentence) => {
  const { status, stderr } = composeConfig({ ...complete, [name]: '' });
  expect(status).not.toBe(0);
  expect(stderr).toContain(sentence);
}, 240_000);

test('no password is committed: each one comes from the environment and has no default', () => {
  const passwords = Object.values(all).flatMap((service) =>
    Object.entries(service.environment ?? {}).filter(([name]) => /PASSWORD|PWD|SECRET|TOKEN/.test(name)),
  );
  expect(passwords.length).toBeGreaterThan(0);
  for (const [name, value] of passwords) expect([name, value]).toEqual([name, complete.POSTGRES_PASSWORD]);
  expect(read('deploy/env.example')).toMatch(/^POSTGRES_PASSWORD=$/m);
});

test('each part waits for the one it needs, and set-up is finished before the worker starts', () => {
  expect(all['temporal-schema']?.depends_on).toEqual({ postgresql: { condition: 'service_healthy' } });
  expect(all['temporal']?.depends_on).toEqual({ 'temporal-schema': { condition: 'service_completed_successfully' } });
  expect(all['temporal-namespace']?.depends_on).toEqual({ temporal: { condition: 'service_healthy' } });
  expect(all['worker']?.depends_on).toEqual({ 'temporal-namespace': { condition: 'service_completed_successfully' } });
});

test('set-up registers exactly the search attributes that the workflows set', () => {
  const registered = /^attributes='([^']*)'$/m.exec(read('deploy/temporal/setup-namespace.sh'))?.[1]?.split(' ');
  expect(registered).toEqual(searchAttributes.map((attribute) => attribute.name));
  expect(new Set(searchAttributes.map((attribute) => attribute.type))).toEqual(new Set(['KEYWORD']));
});
