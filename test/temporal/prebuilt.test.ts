import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compiled } from './compiled';

const long = 120_000;
let tree: ReturnType<typeof compiled>;
beforeAll(() => {
  tree = compiled();
});
afterAll(() => tree.remove());

const dist = (name: string) => path.join(tree.root, 'dist', name);

/** What `workflowBundle()` gives in a process that runs from dist. */
function taken(env: NodeJS.ProcessEnv = {}): { codePath?: string; code?: string } {
  const program = `require(${JSON.stringify(dist('temporal/bundle.js'))}).workflowBundle().then((bundle) => console.log(JSON.stringify(bundle)))`;
  const printed = execFileSync(process.execPath, ['-e', program], { encoding: 'utf8', maxBuffer: 64 << 20, env: { ...process.env, STERNWAY_CACHE: path.join(tree.root, 'cache'), ...env } });
  return JSON.parse(printed) as { codePath?: string; code?: string };
}

test('the build puts two bundles into dist, plain and with encoded failures, and a worker takes the one that its codec asks for', () => {
  expect(taken().code).toContain('hello');

  execFileSync(process.execPath, [dist('temporal/build-workflow-bundle.js')]);
  expect(taken()).toEqual({ codePath: dist('workflow-bundle.js') });
  const STERNWAY_CODEC_KEY = Buffer.alloc(32, 'k').toString('base64');
  expect(taken({ STERNWAY_CODEC_KEY })).toEqual({ codePath: dist('workflow-bundle-encoded.js') });

  const encodes = (name: string) => readFileSync(dist(name), 'utf8').includes('encodeCommonAttributes: true');
  expect(encodes('workflow-bundle.js')).toBe(false);
  expect(encodes('workflow-bundle-encoded.js')).toBe(true);
  expect(existsSync(dist('temporal/failure-converter.cjs'))).toBe(true);
}, long);

test('the build says what is wrong with the workflows, and fails', () => {
  writeFileSync(dist('workflows/index.js'), "require('node:fs');\n");
  let failed: { status: number; stderr: string } | undefined;
  try {
    execFileSync(process.execPath, [dist('temporal/build-workflow-bundle.js')], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    failed = error as { status: number; stderr: string };
  }
  expect(failed?.status).toBe(1);
  expect(failed?.stderr).toMatch(/index\.js cannot be bundled: [^]*fs/);
}, long);
