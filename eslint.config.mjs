// What keeps the house standing: no promise left floating, no `any`, and imports that point one way.
import { defineConfig } from 'eslint/config';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/**
 * What each part of src/ may import, itself apart; `cli` stands on top and may import everything. A new folder is entered
 * here (the lint test asks for it). `failures.ts` is the one table of failure types, so everybody may read it.
 */
export const mayImport = {
  'failures.ts': [],
  'failpoints.ts': [],
  config: [],
  approvals: ['config'],
  gates: ['config', 'approvals'],
  facts: ['config'],
  bake: ['config'],
  commands: ['config', 'facts'],
  plan: ['config', 'facts', 'commands'],
  events: ['config', 'facts', 'plan', 'bake', 'temporal/names.ts'],
  report: ['config', 'facts', 'plan', 'events'],
  messages: ['config', 'events', 'report'],
  hosts: ['config', 'facts', 'commands'],
  activities: ['config', 'approvals', 'gates', 'facts', 'commands', 'plan', 'events', 'report', 'hosts', 'bake', 'messages', 'temporal/names.ts', 'failpoints.ts'],
  // Activities only as types; `workflowsKnowTypesOnly` below sees to that.
  workflows: ['config', 'facts', 'commands', 'plan', 'events', 'report', 'bake', 'messages', 'activities', 'temporal/names.ts', 'temporal/search-attributes.ts'],
  temporal: ['config', 'workflows', 'report/escape.ts'],
  'client.ts': ['config', 'facts', 'plan', 'bake', 'events', 'report', 'requests.ts', 'workflows', 'temporal'],
  'requests.ts': ['config', 'approvals', 'events', 'workflows', 'temporal'],
  'worker.ts': ['config', 'facts', 'commands', 'plan', 'events', 'report', 'hosts', 'activities', 'workflows', 'temporal'],
};

/** Runs the same everywhere and always gives the same answer: reads no clock, file, environment or host. */
const pure = ['commands', 'plan', 'gates', 'bake', 'messages', 'report', 'events'].map((part) => `src/${part}/**/*.ts`);
const workflows = ['src/workflows/**/*.ts'];

const zones = Object.entries(mayImport).map(([part, parts]) => ({
  target: `./src/${part}`,
  from: './src',
  except: [...new Set([part, ...parts, 'failures.ts'])].map((path) => `./${path}`),
  message: `Imports point one way; src/${part} may use ${parts.join(', ') || 'nothing else'} (CONTRIBUTING.md, "Imports").`,
}));

const workflowsKnowTypesOnly = {
  patterns: [
    {
      regex: '^\\.\\.(/\\.\\.)*/activities(/|$)',
      allowTypeImports: true,
      message: 'A workflow knows activities only as types: use `import type`.',
    },
    {
      regex: '^(@temporalio/(activity|client|worker|testing|envconfig)|ssh2|pino|commander)$',
      allowTypeImports: true,
      message: 'This package does not run in the workflow sandbox.',
    },
  ],
};

const hostGlobals = ['process', 'Buffer', 'fetch', '__dirname', '__filename', 'setInterval', 'setImmediate'].map((name) => ({
  name,
  message: 'This code runs in the workflow sandbox or must give the same answer everywhere; take it as an argument.',
}));

const noDynamicImport = {
  selector: 'ImportExpression, CallExpression[callee.name="require"]',
  message: 'Import at the top of the file: the import direction is checked there.',
};

const noClock = {
  selector:
    'NewExpression[callee.name="Date"][arguments.length=0], MemberExpression[object.name="Date"][property.name="now"], ' +
    'MemberExpression[object.name="Math"][property.name="random"]',
  message: 'Pure code reads no clock and draws no lots; take the value as an argument.',
};

const noWarningComments = ['error', { terms: ['todo', 'fixme', 'xxx'] }];

/** The configuration for a checkout at `root`; the lint test lints a tree of its own with it. */
export const configFor = (root) =>
  defineConfig(
    { ignores: ['**/node_modules/', 'dist/', 'coverage/', '.cache/', 'test-results/', 'tmp/', '**/*.d.ts'] },
    {
      files: ['**/*.ts'],
      extends: [tseslint.configs.recommendedTypeChecked],
      languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
      plugins: { 'import-x': importX },
      settings: {
        'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.mjs', '.json', '.node'] })],
        // Without these two the plugin does not read TypeScript, and a circle passes unseen.
        'import-x/extensions': ['.ts', '.js', '.mjs'],
        'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      },
      linterOptions: { reportUnusedDisableDirectives: 'error' },
      rules: {
        eqeqeq: 'error',
        'no-console': 'error',
        'no-warning-comments': noWarningComments,
        'import-x/no-cycle': ['error', { ignoreExternal: true }],
        'import-x/no-unresolved': 'error',
        'import-x/no-restricted-paths': ['error', { basePath: root, zones }],
        '@typescript-eslint/no-deprecated': 'error',
        '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
        '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
        '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
        // An activity or a fake that happens not to wait is still a promise to its caller.
        '@typescript-eslint/require-await': 'off',
      },
    },
    {
      files: [...pure, ...workflows],
      rules: {
        'import-x/no-nodejs-modules': 'error',
        'no-restricted-globals': ['error', ...hostGlobals],
      },
    },
    { files: pure, rules: { 'no-restricted-syntax': ['error', noDynamicImport, noClock] } },
    {
      files: workflows,
      rules: {
        'no-restricted-syntax': ['error', noDynamicImport],
        '@typescript-eslint/no-restricted-imports': ['error', workflowsKnowTypesOnly],
      },
    },
    { files: ['src/cli/**/*.ts', 'bench/**/*.ts'], rules: { 'no-console': 'off' } },
    {
      // These read JSON that they made themselves, and fakes.
      files: ['test/**/*.ts', 'bench/**/*.ts', 'testbed/**/*.ts', 'examples/**/*.ts'],
      rules: {
        '@typescript-eslint/no-unsafe-assignment': 'off',
        '@typescript-eslint/no-unsafe-member-access': 'off',
        '@typescript-eslint/no-unsafe-argument': 'off',
        '@typescript-eslint/no-unsafe-call': 'off',
        '@typescript-eslint/no-unsafe-return': 'off',
      },
    },
    {
      files: ['**/*.mjs'],
      languageOptions: { ecmaVersion: 2023, sourceType: 'module' },
      rules: { eqeqeq: 'error', 'no-unused-vars': 'error', 'no-warning-comments': noWarningComments },
    },
  );

export default configFor(import.meta.dirname);
