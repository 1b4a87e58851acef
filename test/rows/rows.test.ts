import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const repository = resolve(__dirname, '../..');

/** A register of six rows: two ordinary ones, one whose words are two defects, one that is a person's, two defects; and three faults. */
const register: Record<string, unknown> = {
  'index.json': ['PF', 'A'],
  'PF.json': {
    group: 'PF',
    title: 'Pre-flight',
    rows: [
      { id: 'PF-01', stack: 'A', text: 'enough disk' },
      { id: 'PF-02', stack: 'B', text: 'Redis answers' },
      { id: 'PF-03', stack: 'A', text: 'the dump is good', kind: 'intent', supersededBy: ['A-01', 'A-02'] },
      { id: 'PF-04', stack: 'both', text: 'somebody agrees', kind: 'person', sternway: 'waits for a signature' },
    ],
  },
  'A.json': {
    group: 'A',
    title: 'Defects',
    rows: [
      { id: 'A-01', stack: 'A', text: 'dumps are proven' },
      { id: 'A-02', stack: 'A', text: 'dumps are fresh' },
    ],
  },
  'faults.json': [
    { title: 'Worker', faults: [{ id: 'F01', what: 'a worker dies', when: 'at any time', holds: 'nothing runs | twice' }] },
    {
      title: 'Fleet',
      faults: [
        { id: 'F02', what: 'a host is slow', when: 'at once', holds: 'others go on' },
        { id: 'F03', what: 'many hosts', when: 'all along', holds: 'histories stay small', later: 'Needs many hosts.' },
      ],
    },
  ],
};

interface Assertion { title: string; status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo'; ancestorTitles?: string[] }

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sternway-rows-'));
  mkdirSync(join(folder, 'rows'));
  for (const [name, content] of Object.entries(register)) writeFileSync(join(folder, 'rows', name), JSON.stringify(content));
});
afterEach(() => rmSync(folder, { recursive: true }));

const report = (name: string, ...assertionResults: Assertion[]): string => {
  const file = join(folder, name);
  const testFile = join(repository, 'test/plan.test.ts');
  writeFileSync(file, JSON.stringify({ success: false, testResults: [{ name: testFile, assertionResults }] }));
  return file;
};

const rows = (reports: string[], registerFolder = join(folder, 'rows')) => {
  const [out, list] = [join(folder, 'coverage.md'), join(folder, 'fault-list.md')];
  const args = ['tools/rows.mjs', '--register', registerFolder, '--out', out, '--fault-list', list, ...reports];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: repository, encoding: 'utf8' });
  const page = existsSync(out) ? readFileSync(out, 'utf8') : undefined;
  const faults = existsSync(list) ? readFileSync(list, 'utf8') : undefined;
  const line = (id: string) => `${page ?? ''}${faults ?? ''}`.split('\n').find((text) => text.startsWith(`| ${id} |`));
  return { status, stdout, stderr, page, faults, line };
};

test('a test that passed proves the rows in its title and no other', () => {
  const { status, line, stdout } = rows([report('r.json', { title: 'counts disk | memory [PF-01]', status: 'passed' })]);
  expect(line('PF-01')).toBe('| PF-01 | enough disk | A | **proven**<br>· counts disk \\| memory (test/plan.test.ts) |');
  expect(line('PF-02')).toBe('| PF-02 | Redis answers | B | not yet |');
  expect(stdout).toContain("1 proven, 0 proven by intent, 1 a person's, 2 not yet");
  expect(status).toBe(0);
});

test.each(['failed', 'skipped', 'pending', 'todo'] as const)('a test that is %s proves nothing', (status) => {
  const { line } = rows([report('r.json', { title: 'counts disk [PF-01]', status })]);
  expect(line('PF-01')).toMatch(/not yet \|$/);
});

test('a test that passed in one report and failed in another proves nothing', () => {
  const title = 'counts disk [PF-01]';
  const { line } = rows([report('a.json', { title, status: 'passed' }), report('b.json', { title, status: 'failed' })]);
  expect(line('PF-01')).toMatch(/not yet \|$/);
});

test('a report of another checkout tells its tests by the paths that they have here', () => {
  const file = report('r.json', { title: 'counts disk [PF-01]', status: 'passed' });
  writeFileSync(file, readFileSync(file, 'utf8').replace(JSON.stringify(join(repository, 'test/plan.test.ts')), JSON.stringify('/elsewhere/test/checkout/test/rows/rows.test.ts')));
  expect(rows([file]).line('PF-01')).toContain('(test/rows/rows.test.ts)');
});

test('a test that was skipped in one report and passed in another proves its row', () => {
  const title = 'counts disk [PF-01]';
  const { line } = rows([report('a.json', { title, status: 'skipped' }), report('b.json', { title, status: 'passed' })]);
  expect(line('PF-01')).toContain('**proven**');
});

test('a row whose words are defects is proven only when every one of those defects is', () => {
  const first = { title: 'proves dumps [A-01]', status: 'passed' } as const;
  expect(rows([report('r.json', first)]).line('PF-03')).toMatch(/not yet \(superseded by A-01, A-02\) \|$/);
  const both = rows([report('r.json', first, { title: 'takes fresh dumps [A-02]', status: 'passed' })]);
  expect(both.line('PF-03')).toContain('**proven by intent**, superseded by A-01, A-02<br>· proves dumps');
  expect(both.line('PF-03')).toContain('<br>· takes fresh dumps');
});

test("a person's row stays a person's, and says whether Sternway's part is proven", () => {
  expect(rows([report('r.json')]).line('PF-04')).toContain("**a person's**; Sternway's part: waits for a signature (not yet)");
  const proven = rows([report('r.json', { title: 'waits [PF-04]', status: 'passed' })]);
  expect(proven.line('PF-04')).toContain('waits for a signature (proven)<br>· waits (test/plan.test.ts)');
});

test.each([
  ['an unknown row', 'x [PF-99]', 'PF-99 is not a row of the register'],
  ['an unknown group', 'x [ZZ-01]', 'ZZ-01 is not a row of the register'],
  ['a row in small letters', 'x [pf-01]', 'pf-01 is not a row of the register'],
  ['a range', 'x [PF-01..PF-02]', '"PF-01..PF-02" is not one row id'],
  ['a range with a dash', 'x [PF-01–02]', '"PF-01–02" is not one row id'],
  ['rows without a comma', 'x [PF-01 PF-02]', '"PF-01 PF-02" is not one row id'],
  ['an unknown fault', 'x [PF-01] [F99]', 'F99 is not a fault of rows/faults.json'],
  ['a fault in small letters', 'x [f01]', 'f01 is not a fault of rows/faults.json'],
  ['a fault with one digit', 'x [F1]', 'F1 is not a fault of rows/faults.json'],
  ['a range of faults', 'x [F01–F02]', '"F01–F02" is not one fault id'],
  ['a fault among rows', 'x [PF-01, F01]', '"F01" is not one row id'],
])('%s in a title is an error that names the test, and nothing is written', (_what, title, sentence) => {
  for (const status of ['passed', 'skipped'] as const) {
    const { status: exit, stderr, page, faults } = rows([report('r.json', { title, status })]);
    expect(exit).toBe(1);
    expect(stderr).toContain(`test/plan.test.ts > ${title}: ${sentence}`);
    expect([page, faults]).toEqual([undefined, undefined]);
  }
});

test('a row in the title of a group is an error, for it would prove whatever is in the group', () => {
  const { status, stderr } = rows([report('r.json', { title: 'x', status: 'passed', ancestorTitles: ['disk [PF-01]'] })]);
  expect(status).toBe(1);
  expect(stderr).toContain('"disk [PF-01]" is the title of a group');
});

test('brackets that hold no row are left alone', () => {
  const { status } = rows([report('r.json', { title: 'no [ ] left, [object Object], [UTF-8], [0xF2], [IF1]', status: 'passed' })]);
  expect(status).toBe(0);
});

test('a fault is proven by the tests that passed and name it, in brackets of its own; its row is proven beside it', () => {
  const { line, faults, stdout } = rows([report('r.json', { title: 'kills it [PF-01] [F01]', status: 'passed', ancestorTitles: ['a worker'] }, { title: 'slow [F02]', status: 'failed' })]);
  expect(line('F01')).toBe('| F01 | a worker dies | at any time | nothing runs \\| twice | **proven**<br>· a worker kills it (test/plan.test.ts) |');
  expect(line('PF-01')).toContain('**proven**<br>· kills it (test/plan.test.ts)');
  expect(line('F02')).toBe('| F02 | a host is slow | at once | others go on | **open** |');
  expect(line('F03')).toMatch(/\| later: Needs many hosts\. \|$/);
  expect(faults).toContain('3 faults: 1 proven, 0 in part, 1 later, 1 open.');
  expect(stdout).toContain('fault-list.md: 1 proven, 0 in part, 1 later, 1 open\n');
});

test.each(['skipped', 'pending', 'todo', 'failed'] as const)('a test that is %s proves no fault', (status) => {
  expect(rows([report('r.json', { title: 'x [F01]', status })]).line('F01')).toMatch(/\*\*open\*\* \|$/);
});

test('a fault that has a test and a sentence is proven in part; both brackets and commas name several faults', () => {
  const { line } = rows([report('r.json', { title: 'x [F01, F03][F02]', status: 'passed' })]);
  expect(line('F03')).toMatch(/\| \*\*in part\*\*: Needs many hosts\.<br>· x \(test\/plan\.test\.ts\) \|$/);
  for (const id of ['F01', 'F02']) expect(line(id)).toMatch(/\| \*\*proven\*\*<br>· x \(test\/plan\.test\.ts\) \|$/);
});

test('of a long series of tests in one file three are told, and the rest is counted', () => {
  const series = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ title: `${name} [F01]`, status: 'passed' as const }));
  expect(rows([report('r.json', ...series)]).line('F01')).toMatch(/<br>· a; b; c; and 2 more \(test\/plan\.test\.ts\) \|$/);
});

test('a fault in the title of a group is an error', () => {
  const { status, stderr } = rows([report('r.json', { title: 'x', status: 'passed', ancestorTitles: ['workers [F01]'] })]);
  expect([status, stderr]).toEqual([1, expect.stringContaining('"workers [F01]" is the title of a group')]);
});

test.each([
  ['a fault twice', (text: string) => text.replace('F02', 'F01'), 'fault F01 is there twice'],
  ['a fault without what must hold', (text: string) => text.replace('holds', 'hold'), 'fault F01: it says what happens, when, and what must hold'],
  ['a reason that is no sentence', (text: string) => text.replace('Needs many hosts.', 'many hosts'), 'fault F03: later is a sentence'],
  ['another id', (text: string) => text.replace('F02', 'G02'), 'fault G02: the id is not of the form F01'],
  ['a word that is not known', (text: string) => text.replace('later', 'latter'), 'fault F03: latter is nothing that a fault has'],
  ['no groups', () => '{}', 'it is a list of groups'],
])('a list of faults with %s is refused with a sentence', (_what, spoil, sentence) => {
  const file = join(folder, 'rows/faults.json');
  writeFileSync(file, spoil(readFileSync(file, 'utf8')));
  const { status, stderr, page, faults } = rows([report('r.json')]);
  expect([status, page, faults]).toEqual([2, undefined, undefined]);
  expect(stderr).toContain(sentence);
});

test('a row that has gone missing from the register is noticed by the tests that name it', () => {
  writeFileSync(join(folder, 'rows/PF.json'), JSON.stringify({ group: 'PF', title: 'Pre-flight', rows: [] }));
  const { status, stderr } = rows([report('r.json', { title: 'counts disk [PF-01]', status: 'passed' })]);
  expect([status, stderr]).toEqual([1, expect.stringContaining('counts disk [PF-01]: PF-01 is not a row')]);
});

test.each([
  ['a row twice', (text: string) => text.replace('PF-02', 'PF-01'), 'PF-01 is there twice'],
  ['an unknown defect', (text: string) => text.replace('"A-02"', '"A-09"'), 'row PF-03 is superseded by A-09'],
  ['an unknown kind', (text: string) => text.replace('person', 'persons'), 'PF-04: kind is not one of'],
  ['a person without our part', (text: string) => text.replace('sternway', 'sternwax'), 'PF-04: sternway belongs to kind person'],
])('a register with %s is refused with a sentence', (_what, spoil, sentence) => {
  const file = join(folder, 'rows/PF.json');
  writeFileSync(file, spoil(readFileSync(file, 'utf8')));
  const { status, stderr, page } = rows([report('r.json')]);
  expect([status, page]).toEqual([2, undefined]);
  expect(stderr).toContain(sentence);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('what is no test report is refused with a sentence, and the page that was there stays', () => {
  const out = join(folder, 'coverage.md');
  writeFileSync(out, 'as it was');
  for (const content of ['{"results":[]}', '{"testRes', '']) {
    writeFileSync(join(folder, 'bad.json'), content);
    const { status, stderr, page } = rows([join(folder, 'bad.json')]);
    expect([status, page]).toEqual([2, 'as it was']);
    expect(stderr).toContain('bad.json: ');
  }
});

test('the same results give the same page, in whatever order the reports come', () => {
  const a = report('a.json', { title: 'one [PF-01]', status: 'passed' }, { title: 'two [PF-01]', status: 'passed' });
  const b = report('b.json', { title: 'a third [PF-01]', status: 'passed' });
  expect(rows([a, b]).page).toBe(rows([b, a]).page);
});

test('the register holds every row of the runbooks, all their defects, and the decisions', () => {
  const expected = {
    OV: 13, PF: 27, WN: 10, BK: 10, ST: 9, RD: 19, NG: 9, SV: 10, MG: 11, SF: 5, VF: 39, MN: 43, RT: 11, RX: 26, DB: 5, NT: 28,
    DR: 8, IR: 20, PD: 14, TS: 31, SE: 10, A: 53, CH: 16, CA: 15,
  };
  const read = (name: string) => JSON.parse(readFileSync(join(repository, 'rows', `${name}.json`), 'utf8'));
  expect(read('index')).toEqual(Object.keys(expected));
  for (const [group, count] of Object.entries(expected)) {
    const ids = Array.from({ length: count }, (_, index) => `${group}-${String(index + 1).padStart(2, '0')}`);
    expect(read(group).rows.map((row: { id: string }) => row.id)).toEqual(ids);
  }
});

test('the real register is accepted', () => {
  cpSync(join(repository, 'rows'), join(folder, 'real'), { recursive: true });
  const { status, stdout } = rows([report('r.json', { title: 'x [RX-05, A-53]', status: 'passed' })], join(folder, 'real'));
  expect(status).toBe(0);
  expect(stdout).toContain('1 proven by intent');
});

interface Fault { id: string; later?: string }
const realFaults = (): Fault[] => (JSON.parse(readFileSync(join(repository, 'rows/faults.json'), 'utf8')) as { faults: Fault[] }[]).flatMap((group) => group.faults);

test('the list of faults is F01 to F56', () => {
  expect(realFaults().map(({ id }) => id)).toEqual(Array.from({ length: 56 }, (_, index) => `F${String(index + 1).padStart(2, '0')}`));
});

test('every fault has a test that names it, or a sentence why not yet', () => {
  const sources = readdirSync(join(repository, 'test'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !name.startsWith('rows/'));
  const named = new Set(sources.flatMap((name) => faultsNamedIn(readFileSync(join(repository, 'test', name), 'utf8'))));
  expect(realFaults().filter(({ id, later }) => !later && !named.has(id)).map(({ id }) => id)).toEqual([]);
  expect([...named].filter((id) => !realFaults().some((fault) => fault.id === id))).toEqual([]);
});

/** Faults in brackets of their own, and those in a list of cases whose titles are made of it. */
function faultsNamedIn(source: string): string[] {
  return [...source.matchAll(/\[(F\d\d(?:, F\d\d)*)\]|, '(F\d\d)'\],$/gm)].flatMap(([, list, one]) => (list ?? one ?? '').split(', '));
}
