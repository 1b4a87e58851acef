#!/usr/bin/env node
// node tools/ledger-search.mjs --trials 2000 [--seed 7] [--first 0]: the ledger's random search, longer than in npm test.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { trials: { type: 'string' }, seed: { type: 'string' }, first: { type: 'string' } } });
for (const [name, value] of Object.entries(values)) {
  if (!/^\d+$/.test(value)) {
    console.error(`--${name} needs a whole number, not "${value}".`);
    process.exit(2);
  }
  process.env[`LEDGER_${name.toUpperCase()}`] = value;
}
const root = join(import.meta.dirname, '..');
const run = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', 'test/hosts/ledger-search.test.ts'], { cwd: root, stdio: 'inherit' });
process.exit(run.status ?? 1);
