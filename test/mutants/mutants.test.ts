// The tool that takes single lines out (npm run mutants): what it takes, and what it makes of what the tests say.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const ROOT = resolve(__dirname, '../..');

function folder(files: Readonly<Record<string, string>>): string {
  const at = mkdtempSync(join(tmpdir(), 'sternway-mutants-'));
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(at, name, '..'), { recursive: true });
    writeFileSync(join(at, name), text);
  }
  return at;
}

/** The tool's modules speak for themselves: they are asked in a process of their own. */
function asked<T>(module: string, call: string): T {
  const code = `import('${join(ROOT, 'tools/mutants', module)}').then(async (m) => console.log('said ' + JSON.stringify(await (${call}))))`;
  return JSON.parse(execFileSync(process.execPath, ['-e', code], { encoding: 'utf8' }).split('said ')[1] ?? '') as T;
}

const lines = (path: string): (string | number)[][] => asked<{ line: number; how: string; text: string }[]>('lines.mjs', `m.mutantsOf(${JSON.stringify(path)})`).map(({ line, how, text }) => [line, how, text]);

test('in Python each line that does something is taken out, or made to do nothing, or to hold always; no comment, no docstring, no half of a statement', () => {
  const at = folder({ 'a.py': '"""What it is."""\nimport os\n# a comment\ndef f(a):\n    """Docstring."""\n    if a > 1:\n        return 1\n    values = [\n        a,\n    ]\n    return values\n' });
  expect(lines(join(at, 'a.py'))).toEqual([[2, 'deleted', 'import os'], [6, 'always', 'if a > 1:'], [7, 'pass', 'return 1'], [9, 'deleted', 'a,'], [11, 'deleted', 'return values']]);
});

test('in TypeScript likewise: types and comments are no lines to take out', () => {
  const at = folder({ 'a.ts': '// a comment\ninterface A { a: number }\nexport function f({ a }: A): number {\n  if (a > 1) {\n    return 1;\n  }\n  const b: A = { a };\n  return b.a;\n}\n' });
  expect(lines(join(at, 'a.ts'))).toEqual([[4, 'always', 'if (a > 1) {'], [5, 'deleted', 'return 1;'], [7, 'deleted', 'const b: A = { a };'], [8, 'deleted', 'return b.a;']]);
});

test('the compiler refuses what is no TypeScript any more, also where only another file needs the line', () => {
  const at = folder({
    'tsconfig.build.json': '{ "compilerOptions": { "strict": true, "noLib": true, "types": [], "isolatedModules": true }, "files": ["a.ts", "b.ts", "lib.d.ts"] }',
    'lib.d.ts': 'interface Array<T> {} interface Boolean {} interface CallableFunction {} interface Function {} interface IArguments {} interface NewableFunction {} interface Number {} interface Object {} interface RegExp {} interface String {}',
    'a.ts': 'const one = 1;\nexport const two = one + 1;\n', 'b.ts': "import { two } from './a';\nexport const three = two + 1;\n",
  });
  const sources = ['const one = 1;\nexport const two = one + 1;\n', 'const one = 1;\nexport const two = one + 2;\n', 'export const two = one + 1;\n', 'const one = 1;\n', 'export const two = (;\n'];
  expect(asked('compiles.mjs', `((compiles) => ${JSON.stringify(sources)}.map((source) => compiles('a.ts', source)))(m.compiler(${JSON.stringify(at)}))`)).toEqual([true, true, false, false, false]);
});

const tests = (at: string, body: string): string => {
  writeFileSync(join(at, 'vitest.config.mts'), "export default { test: { include: ['*.test.js'] } };\n");
  writeFileSync(join(at, 'a.test.js'), `import { expect, test } from '${join(ROOT, 'node_modules/vitest/dist/index.js')}';\nimport { f } from './a.js';\n${body}\n`);
  return at;
};
const tried = (at: string, source: string): { outcome: string; by: string | null } =>
  asked('try-one.mjs', `m.tryOne(${JSON.stringify(at)}, ${JSON.stringify({ file: 'a.js', source, tests: [['a.test.js']] })}, { limit: 60, signal: new AbortController().signal })`);

test('a test that notices is red and named, one that does not lets the line survive, and the file is whole again', () => {
  const at = folder({ 'a.js': 'export const f = () => 1;\n' });
  execFileSync('ln', ['-s', join(ROOT, 'node_modules'), join(at, 'node_modules')]);
  tests(at, "test('one is one', () => { expect(f()).toBe(1); });");
  expect(tried(at, 'export const f = () => 2;\n')).toEqual({ outcome: 'red', by: expect.stringContaining('one is one') as string });
  expect(tried(at, 'export const f = () => 3 - 2;\n')).toEqual({ outcome: 'survived', by: null });
  expect(readFileSync(join(at, 'a.js'), 'utf8')).toBe('export const f = () => 1;\n');
});

test('a campaign does not begin on tests that are red by themselves: they would notice everything', () => {
  const at = folder({ 'a.js': 'export const f = () => 1;\n' });
  execFileSync('ln', ['-s', join(ROOT, 'node_modules'), join(at, 'node_modules')]);
  const insist = (): string => asked('insist-on-green.mjs', `m.insistOnGreen(${JSON.stringify(at)}, [{ target: 'saga', file: 'a.js', tests: [['a.test.js']] }], { limit: 60, signal: new AbortController().signal }).then(() => 'green', (error) => error.message)`);
  tests(at, "test('one is one', () => { expect(f()).toBe(1); });");
  expect(insist()).toBe('green');
  tests(at, "test('one is two', () => { expect(f()).toBe(2); });");
  expect(insist()).toMatch(/^the tests of saga are red without any line taken out \(.*one is two.*\): mend that first$/);
});

test('a page is good only when every line was tried, nine in ten were noticed, each survivor is argued and each named safeguard noticed', () => {
  const mutants = Array.from({ length: 10 }, (_, n) => ({ file: 'src/a.ts', line: n + 1, target: 'saga', text: `line ${n + 1}` }));
  const done = (survivors: number, count = 10) => mutants.slice(0, count).map((one) => [`${one.file}:${one.line}`, { ...one, how: 'deleted', outcome: one.line <= survivors ? 'survived' : 'red' }]);
  const code = (survivors: number, argued: object[], count = 10): number => {
    const at = folder({ 'faults/survivors.json': JSON.stringify(argued), 'docs/x': '' });
    const said = asked<number>('page.mjs', `m.writePage(${JSON.stringify(at)}, ${JSON.stringify(mutants)}, new Map(${JSON.stringify(done(survivors, count))}))`);
    if (survivors === 1) expect(readFileSync(join(at, 'docs/mutants.md'), 'utf8')).toMatch(argued.length > 0 ? /it only logs/ : /not argued yet/);
    return said;
  };
  const argued = [{ file: 'src/a.ts', text: 'line 1', why: 'it only logs' }, { file: 'src/a.ts', text: 'line 2', why: 'it only logs' }];
  expect(code(0, [])).toBe(0);
  expect(code(1, argued)).toBe(0);
  expect(code(1, [])).toBe(1);
  expect(code(2, argued)).toBe(1);
  expect(code(0, [], 9)).toBe(1);
  const safeguard = { file: 'src/a.ts', line: 'no-fence', target: 'named', text: 'fence' };
  mutants.push(safeguard as never);
  const withNamed = (outcome: string | undefined): number => {
    const at = folder({ 'faults/survivors.json': '[]', 'docs/x': '' });
    const results = [...done(0), ...(outcome === undefined ? [] : [[`src/a.ts:no-fence`, { ...safeguard, outcome, by: 'a test' }]])];
    return asked<number>('page.mjs', `m.writePage(${JSON.stringify(at)}, ${JSON.stringify(mutants)}, new Map(${JSON.stringify(results)}))`);
  };
  expect(withNamed('red')).toBe(0);
  expect(withNamed('survived')).toBe(1);
  expect(withNamed(undefined)).toBe(1);
});

test('every named safeguard still stands in its file, once', () => {
  expect(asked<string[]>('named.mjs', `m.namedMutants(${JSON.stringify(ROOT)}).map(({ line }) => line)`)).toEqual(expect.arrayContaining(['no-settle', 'no-fence', 'no-adoption', 'guards-ignored', 'reload-untested']));
});
