import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ESLint, type Linter } from 'eslint';
import { afterAll, beforeAll, expect, test } from 'vitest';

const repository = resolve(__dirname, '../..');

/** A small house: every file is here to break one rule, or to show that the allowed form passes. */
const house: Record<string, string> = {
  'src/config/schema.ts': `export const version = 1;`,
  'src/hosts/ssh.ts': `export const connect = (): Promise<void> => Promise.resolve();`,
  'src/activities/index.ts': `export const createActivities = () => ({ backupDatabase: async () => 'ok' });`,
  'src/plan/plan.ts': `export const steps: string[] = [];`,
  'src/cli/main.ts': `console.log('a command may print');`,

  'src/workflows/allowed.ts': `
    import type { createActivities } from '../activities';
    import { steps } from '../plan/plan';
    export type Activities = ReturnType<typeof createActivities>;
    export const count = steps.length;`,
  'src/workflows/value-import.ts': `import { createActivities } from '../activities';\nexport const made = createActivities();`,
  'src/workflows/node-built-in.ts': `import { readFileSync } from 'node:fs';\nexport const read = readFileSync;`,
  'src/workflows/bare-built-in.ts': `import { hostname } from 'os';\nexport const name = hostname;`,
  'src/workflows/environment.ts': `export const home = process.env['HOME'];`,
  'src/workflows/dynamic.ts': `export const later = () => import('../activities');`,
  'src/workflows/hosts.ts': `import type { connect } from '../hosts/ssh';\nexport type Connect = typeof connect;`,
  'src/workflows/client.ts': `import { Client } from '@temporalio/client';\nexport const made = Client;`,
  'src/workflows/floating.ts': `export function f(work: () => Promise<void>): void { work(); }`,
  'src/workflows/misused.ts': `export function f(work: () => Promise<void>): void { [1].forEach(async () => work()); }`,
  'src/workflows/awaited.ts': `export async function f(n: number): Promise<number> { return await n; }`,

  'src/plan/hosts.ts': `import { connect } from '../hosts/ssh';\nexport const c = connect;`,
  'src/plan/clock.ts': `export const at = Date.now();`,
  'src/plan/crypto.ts': `import { createHash } from 'crypto';\nexport const h = createHash;`,
  'src/commands/files.ts': `import { join } from 'node:path';\nexport const j = join;`,
  'src/commands/activities.ts': `import { createActivities } from '../activities';\nexport const a = createActivities;`,
  'src/report/lots.ts': `export const n = Math.random();`,
  'src/events/today.ts': `export const today = new Date();`,
  'src/config/upwards.ts': `import { steps } from '../plan/plan';\nexport const s = steps;`,
  'src/client.ts': `import '../src/cli/main';`,
  'src/facts/circle-a.ts': `import { b } from './circle-b';\nexport const a = (): unknown => b;`,
  'src/facts/circle-b.ts': `import { a } from './circle-a';\nexport const b = (): unknown => a;`,

  'src/activities/any.ts': `export const x: any = 1;`,
  'src/activities/deprecated.ts': `/** @deprecated use g */\nfunction f(): void { return; }\nf();`,
  'src/activities/console.ts': `console.log('an activity logs through its logger');`,
  'src/activities/reminder.ts': `// TODO: later\nexport const x = 1;`,
};

const tree = mkdtempSync(join(tmpdir(), 'sternway-lint-'));
let found: Map<string, Linter.LintMessage[]>;

beforeAll(async () => {
  cpSync(join(repository, 'tsconfig.json'), join(tree, 'tsconfig.json'));
  symlinkSync(join(repository, 'node_modules'), join(tree, 'node_modules'));
  for (const [path, text] of Object.entries(house)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  const { configFor } = await import(pathToFileURL(join(repository, 'eslint.config.mjs')).href);
  const eslint = new ESLint({ cwd: tree, overrideConfigFile: true, overrideConfig: configFor(tree) });
  const results = await eslint.lintFiles(['src']);
  found = new Map(results.map((result) => [result.filePath.slice(tree.length + 1), result.messages]));
}, 240_000);

afterAll(() => rmSync(tree, { recursive: true }));

const rulesBrokenBy = (path: string) => found.get(path)?.map((message) => message.ruleId);

test.each([
  ['a workflow importing an activity as a value', 'src/workflows/value-import.ts', '@typescript-eslint/no-restricted-imports'],
  ['a workflow importing a Node built-in', 'src/workflows/node-built-in.ts', 'import-x/no-nodejs-modules'],
  ['a workflow importing a Node built-in by its bare name', 'src/workflows/bare-built-in.ts', 'import-x/no-nodejs-modules'],
  ['a workflow reading the environment', 'src/workflows/environment.ts', 'no-restricted-globals'],
  ['a workflow importing dynamically', 'src/workflows/dynamic.ts', 'no-restricted-syntax'],
  ['a workflow knowing the hosts, even as a type', 'src/workflows/hosts.ts', 'import-x/no-restricted-paths'],
  ['a workflow importing the Temporal client', 'src/workflows/client.ts', '@typescript-eslint/no-restricted-imports'],
  ['a promise left floating', 'src/workflows/floating.ts', '@typescript-eslint/no-floating-promises'],
  ['a promise given where nobody waits for it', 'src/workflows/misused.ts', '@typescript-eslint/no-misused-promises'],
  ['awaiting what is no promise', 'src/workflows/awaited.ts', '@typescript-eslint/await-thenable'],
  ['the plan reaching for a host', 'src/plan/hosts.ts', 'import-x/no-restricted-paths'],
  ['the plan reading the clock', 'src/plan/clock.ts', 'no-restricted-syntax'],
  ['the plan importing a Node built-in', 'src/plan/crypto.ts', 'import-x/no-nodejs-modules'],
  ['a command builder importing a Node built-in', 'src/commands/files.ts', 'import-x/no-nodejs-modules'],
  ['a command builder importing an activity', 'src/commands/activities.ts', 'import-x/no-restricted-paths'],
  ['a report drawing lots', 'src/report/lots.ts', 'no-restricted-syntax'],
  ['an event reading the date', 'src/events/today.ts', 'no-restricted-syntax'],
  ['an import against the direction', 'src/config/upwards.ts', 'import-x/no-restricted-paths'],
  ['the client importing the command line', 'src/client.ts', 'import-x/no-restricted-paths'],
  ['a circle of imports', 'src/facts/circle-a.ts', 'import-x/no-cycle'],
  ['an explicit any', 'src/activities/any.ts', '@typescript-eslint/no-explicit-any'],
  ['a call of something deprecated', 'src/activities/deprecated.ts', '@typescript-eslint/no-deprecated'],
  ['console outside the command line', 'src/activities/console.ts', 'no-console'],
  ['a reminder left in the code', 'src/activities/reminder.ts', 'no-warning-comments'],
])('lint catches %s', (_what, path, rule) => {
  expect(rulesBrokenBy(path)).toContain(rule);
});

test.each(['src/workflows/allowed.ts', 'src/cli/main.ts', 'src/plan/plan.ts', 'src/activities/index.ts'])(
  'lint lets the allowed form in %s pass',
  (path) => {
    expect(rulesBrokenBy(path)).toEqual([]);
  },
);

test('every part of src has its place in the import direction', async () => {
  const { mayImport } = await import(pathToFileURL(join(repository, 'eslint.config.mjs')).href);
  const placed = new Set([...Object.keys(mayImport), 'cli']);
  expect(readdirSync(join(repository, 'src')).filter((part) => !placed.has(part))).toEqual([]);
});
