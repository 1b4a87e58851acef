import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle, bundleOf } from '../../src/temporal/bundle';
import { inputsOf, readBundle } from '../../src/temporal/bundle-cache';

const root = path.resolve(__dirname, '../..');
let directory: string;
let workflowsPath: string;
let cache: string;
const long = 120_000;

// A copy, so that a test may change its sources.
beforeAll(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'bundle-'));
  cache = path.join(directory, 'cache');
  workflowsPath = path.join(directory, 'test/temporal/fixtures/workflows.ts');
  cpSync(path.join(__dirname, 'fixtures'), path.dirname(workflowsPath), { recursive: true });
  mkdirSync(path.join(directory, 'src/temporal'), { recursive: true });
  cpSync(path.join(root, 'src/temporal/search-attributes.ts'), path.join(directory, 'src/temporal/search-attributes.ts'));
  symlinkSync(path.join(root, 'node_modules'), path.join(directory, 'node_modules'));
  settle();
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Dates the sources back, as sources are that nobody edits at this moment. */
function settle(): void {
  const then = new Date(Date.now() - 60_000);
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.ts') && !name.startsWith('node_modules')) utimesSync(path.join(directory, name), then, then);
  }
}

const entry = () => path.join(cache, readdirSync(cache).find((name) => name.endsWith('.json')) ?? 'none');
const cachedCode = () => readBundle(entry());

test('bundles workflows with imports that have no extension, and keeps activities out', async () => {
  const made = await bundleOf({ workflowsPath, encodeFailures: false, cache });
  if (!('code' in made)) throw new Error('a path was not expected');
  expect(made.code).toContain('hello');
  expect(made.code).toContain('SternwayApp');
  expect(made.code).not.toContain('heartbeat({ secret })');
  expect(cachedCode()).toBe(made.code);
}, long);

test('takes the bundle from the cache only while every source is as it was', async () => {
  await bundleOf({ workflowsPath, encodeFailures: false, cache });
  expect(cachedCode()).toBeDefined();

  const greeting = path.join(path.dirname(workflowsPath), 'greeting.ts');
  const before = readFileSync(greeting);
  writeFileSync(greeting, "export const greeting = (name: string) => `good day ${name}`;\n");
  expect(cachedCode()).toBeUndefined();
  writeFileSync(greeting, before);
  expect(cachedCode()).toBeDefined();

  // Found before greeting.ts is looked for, since the bundler tries the folder's own modules first.
  const shadow = path.join(directory, 'src/temporal/search-attributes');
  const attributes = `${shadow}.ts`;
  rmSync(attributes);
  expect(cachedCode()).toBeUndefined();
  cpSync(path.join(root, 'src/temporal/search-attributes.ts'), attributes);
  writeFileSync(`${shadow}`, '');
  expect(cachedCode()).toBeUndefined();
  rmSync(shadow);
  expect(cachedCode()).toBeDefined();
}, long);

test('does not keep a bundle whose source was changed while it was made', () => {
  const source = path.join(directory, 'edited.ts');
  const begun = Date.now() - 10;
  writeFileSync(source, 'export {};');
  expect(inputsOf([source], [], begun)).toBeUndefined();
  expect(inputsOf([source], [], Date.now() + 1000)).toBeDefined();
});

test('a damaged cache entry is no entry', async () => {
  await bundleOf({ workflowsPath, encodeFailures: false, cache });
  const whole = readFileSync(entry(), 'utf8');
  writeFileSync(entry(), whole.slice(0, 1000));
  expect(cachedCode()).toBeUndefined();
  writeFileSync(entry(), whole);
}, long);

test('says what the bundler said when workflows import what they may not', async () => {
  const forbidden = path.join(directory, 'forbidden.ts');
  writeFileSync(forbidden, "import { readFileSync } from 'node:fs';\nexport async function read(): Promise<string> { return readFileSync('/etc/hostname', 'utf8'); }\n");
  await expect(bundle(forbidden, false)).rejects.toThrow(/forbidden\.ts cannot be bundled: [^]*ERROR in node:fs/);
}, long);
