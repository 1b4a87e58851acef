import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const repository = resolve(__dirname, '../..');

const row = (id: string) => ({ id, stack: 'A', text: 'something' });

/** A project with the tools and a few rows: one with a proof, one that is only claimed, one whose test is red already. */
const project: Record<string, string> = {
  'src/disk.mjs': 'export const enough = (free) => free >= 10;\nexport const full = (free) => !enough(free);\n',
  'test/disk.test.ts': `import { expect, test } from 'vitest';
import { enough, full } from '../src/disk.mjs';
test('ten is enough, nine is not [PF-01, PF-03]', () => expect([enough(10), enough(9)]).toEqual([true, false]));
test('it is a function [PF-02]', () => expect(typeof enough).toBe('function'));
test('nothing is enough [PF-04]', () => expect(enough(0)).toBe(true));
test('nine is full', () => expect(full(9)).toBe(true));
`,
  'vitest.config.mts': "import { defineConfig } from 'vitest/config';\nexport default defineConfig({ test: { include: ['test/**/*.test.ts'] } });\n",
  'package.json': '{ "type": "module" }\n',
  '.gitignore': 'node_modules\ntmp\n',
  'rows/index.json': '["PF"]',
  'rows/PF.json': JSON.stringify({ group: 'PF', title: 'Pre-flight', rows: ['PF-01', 'PF-02', 'PF-03', 'PF-04'].map(row) }),
};
const BREAK = { file: 'src/disk.mjs', find: 'free >= 10', replace: 'free >= 9', tests: { 'test/disk.test.ts': ['ten is enough'] } };
const claims = (title: string) => ({ 'test/disk.test.ts': [title] });

let folder: string;
let temporary: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sternway-mutate-test-'));
  temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  cpSync(join(repository, 'tools'), join(folder, 'tools'), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  for (const [name, text] of Object.entries(project)) put(name, text);
  spawnSync('git', ['init', '--quiet'], { cwd: folder });
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

/** Scratch copies that were left behind; vitest has folders of its own there. */
const copies = (): string[] => readdirSync(temporary).filter((name) => name.startsWith('sternway-'));

function mutate(mutations: Record<string, unknown>, ...args: string[]) {
  put('rows/mutations.json', JSON.stringify(mutations));
  return spawnSync(process.execPath, ['tools/rows.mjs', '--mutate', ...args], { cwd: folder, encoding: 'utf8', env: { ...process.env, TMPDIR: temporary } });
}

test('a line that is broken in a copy turns its tests red, and the tree itself stays as it was; slow rows are drawn only when asked for', () => {
  const { status, stdout, stderr } = mutate({ 'PF-01': BREAK, 'PF-02': { ...BREAK, stack: 'b', tests: claims('it is a function') } }, '--seed', '7');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^PF-01 {2}src\/disk\.mjs:1 +red +test\/disk\.test\.ts: ten is enough, nine is not \[PF-01, PF-03\]$/m);
  // What was red before the break is not counted among what it turned red.
  expect(stdout).toContain('1 of 2 other tests of the same files went red too');
  expect(stdout).toContain('1 rows broken one by one (seed 7): 1 noticed, 0 not');
  expect(readFileSync(join(folder, 'src/disk.mjs'), 'utf8')).toBe(project['src/disk.mjs']);
  expect(copies()).toEqual([]);
});

test('a break that its test does not notice, after which nothing loads, or whose test is red anyway, is a failure and named; the others are still tried', () => {
  const { status, stdout } = mutate({
    'PF-01': BREAK, 'PF-02': { ...BREAK, tests: claims('it is a function') }, 'PF-03': { ...BREAK, replace: 'free >= (' }, 'PF-04': { ...BREAK, tests: claims('nothing is enough') },
  }, '--seed', '1');
  expect(status).toBe(1);
  expect(stdout).toMatch(/^PF-01 .* red +test\/disk\.test\.ts: ten is enough/m);
  expect(stdout).toMatch(/^PF-02 .* GREEN +test\/disk\.test\.ts: it is a function \[PF-02\]$/m);
  expect(stdout).toMatch(/^PF-03 +test\/disk\.test\.ts did not even load$/m);
  expect(stdout).toMatch(/^PF-04 +not green before anything is broken: test\/disk\.test\.ts: nothing is enough \[PF-04\]$/m);
  const [, last = ''] = /4 rows broken one by one \(seed 1\): 1 noticed, 3 not: (.*)\n$/.exec(stdout) ?? [];
  expect(last.split(', ').sort()).toEqual(['PF-02', 'PF-03', 'PF-04']);
  expect(copies()).toEqual([]);
});

test('ended by a signal, it ends its tests and leaves no copy', async () => {
  put('test/disk.test.ts', `import { test } from 'vitest';\nimport { writeFileSync } from 'node:fs';\ntest('ten is enough [PF-01]', () => new Promise(() => writeFileSync(${JSON.stringify(join(folder, 'pid'))}, String(process.pid))));\n`);
  put('rows/mutations.json', JSON.stringify({ 'PF-01': BREAK }));
  const child = spawn(process.execPath, ['tools/rows.mjs', '--mutate'], { cwd: folder, env: { ...process.env, TMPDIR: temporary }, stdio: 'ignore' });
  await vi.waitUntil(() => existsSync(join(folder, 'pid')), { timeout: 120_000 });
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  expect([code, copies()]).toEqual([130, []]);
  const worker = `/proc/${readFileSync(join(folder, 'pid'), 'utf8')}/cwd`;
  await vi.waitUntil(() => !existsSync(worker), { timeout: 30_000 });
});

test.each([
  ['a text that is not there', { 'PF-01': { ...BREAK, find: 'free > 10' } }, 'PF-01: the text to break is found 0 times in src/disk.mjs, not once'],
  ['a text that is there twice', { 'PF-01': { ...BREAK, find: 'enough' } }, 'PF-01: the text to break is found 2 times'],
  ['a test that does not name the row', { 'PF-02': BREAK }, "PF-02: test/disk.test.ts has no test 'ten is enough' whose title names the row"],
  ['an unknown row', { 'PF-09': BREAK }, 'PF-09: it is not a row of the register'],
  ['no test', { 'PF-01': { ...BREAK, tests: {} } }, 'PF-01: it names no test that must go red'],
  ['a break that breaks nothing', { 'PF-01': { ...BREAK, replace: BREAK.find } }, 'PF-01: it changes nothing'],
])('%s is refused with a sentence before anything runs', (_what, mutations, sentence) => {
  const { status, stdout, stderr } = mutate(mutations);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(sentence);
});

test('the seed tells what is drawn: each row at most once, another seed other rows', () => {
  const { draw } = JSON.parse(spawnSync(process.execPath, ['--input-type=module', '-e', `
    import { draw } from ${JSON.stringify(join(repository, 'tools/rows/draw.mjs'))};
    const rows = Array.from({ length: 50 }, (_, n) => n);
    const [a, b, c] = [draw(rows, 20, 5), draw(rows, 20, 5), draw(rows, 20, 6)];
    console.log(JSON.stringify({ draw: { same: String(a) === String(b), other: String(a) !== String(c), distinct: new Set(a).size, all: draw(rows, 99, 1).length } }));
  `], { encoding: 'utf8' }).stdout) as { draw: object };
  expect(draw).toEqual({ same: true, other: true, distinct: 20, all: 50 });
});

test('every recorded break fits the sources and the tests as they are', () => {
  const program = `
    import { outdated, readMutations } from ${JSON.stringify(join(repository, 'tools/rows/mutations.mjs'))};
    import { readRegister } from ${JSON.stringify(join(repository, 'tools/rows/register.mjs'))};
    const mutations = readMutations('rows/mutations.json', readRegister('rows').rows);
    console.log(JSON.stringify({ fast: mutations.filter(({ stack }) => stack === 'a').length, wrong: mutations.flatMap((mutation) => outdated(mutation, '.')) }));
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { cwd: repository, encoding: 'utf8' });
  expect(stderr).toBe('');
  const { fast, wrong } = JSON.parse(stdout) as { fast: number; wrong: string[] };
  expect(wrong).toEqual([]);
  expect(fast).toBeGreaterThanOrEqual(60);
});
