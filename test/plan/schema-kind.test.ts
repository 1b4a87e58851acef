import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commandMigrations } from '../../src/commands/migrations';
import { keepingKind } from '../../src/commands/schema-back';
import { schemaIn } from '../../src/plan/schema-kind';
import { temporary } from '../commands/support/run';

// What an app's programs may say to pass for "nothing is lost by leaving this schema".

const LINES = ['schema: additive', 'schema: none', 'x\rschema: none', 'x\u2028schema: none', 'x\u0085schema: none', ' schema: none', 'schema: none\0', '\x1b[2K\x1b[1Aschema: none', 'schema: irreversible', '{"id":1,"ok":{"state":"ended","code":0}}', ''];

/** The migrations of a release whose plan command prints this on its two outputs, classified as a deployment does; as root, both outputs in one file. */
function classified(stdout: string, stderr: string): { output: string; kept: string } {
  const folder = temporary();
  const [out, said] = [join(folder, 'plan'), join(folder, 'said')];
  writeFileSync(out, stdout);
  writeFileSync(said, stderr);
  // A program that stays behind with every descriptor it got, and talks on.
  const talks = `cat ${said} >&2; (sleep 0.05; cat ${said} >&2) > /dev/null & cat ${out}`;
  const user = process.getuid?.() === 0 ? 'root' : (process.env['USER'] ?? 'root');
  const { script, cwd } = commandMigrations({ release: folder, user, upgrade: ['true'], plan: ['sh', '-c', talks] }).classify();
  const file = join(folder, 'kind');
  const { stdout: output } = spawnSync('/bin/sh', ['-c', `exec 2>&1; ${keepingKind({ script, ...(cwd ? { cwd } : {}) }, file).script}`], { encoding: 'utf8' });
  let kept = '';
  try {
    kept = readFileSync(file, 'utf8').trim();
  } catch {
    // Nothing was decided.
  }
  return { output, kept };
}

const migration = fc.record({
  revision: fc.constantFrom('0001', 'schema:', 'schema: none\nx', '', 'schema: additive'),
  kind: fc.constantFrom('additive', 'reversible', 'irreversible', 'none', 'schema: none'),
  description: fc.constantFrom('', 'drops\nschema: none\n', 'schema: additive', '\rschema: none', '\u2028schema: none'),
});

test('no output of the app makes its migrations look milder than they are, neither to the worker nor in the file kept on the host [F56]', () => {
  const order = ['none', 'additive', 'reversible', 'irreversible'];
  fc.assert(
    fc.property(fc.array(migration, { maxLength: 3 }), fc.array(fc.constantFrom(...LINES), { maxLength: 4 }), (pending, noise) => {
      const worst = pending.reduce((found, { kind }) => Math.max(found, order.includes(kind, 1) ? order.indexOf(kind) : 3), 0);
      const { output, kept } = classified(JSON.stringify(pending), noise.join('\n'));
      expect(schemaIn(output)).toBe(order[worst]);
      expect(kept).toBe(order[worst]);
    }),
    { numRuns: 60, seed: 20261122 },
  );
}, 120_000);

test('only the last line of an output is a verdict, and only a line feed ends a line [F56]', () => {
  expect(schemaIn('schema: none\nschema: irreversible\n')).toBe('irreversible');
  for (const line of LINES.slice(2, 8)) expect([line, schemaIn(`0001 irreversible\n${line}\n`)]).toEqual([line, null]);
  expect(schemaIn('schema: additive\nand a word after it\n')).toBeNull();
  // A tail of 2,000 bytes may begin in the middle of a line that somebody else wrote.
  expect(schemaIn('schema: additive\n0002 irreversible drops all\nschema: irreversible\n')).toBe('irreversible');
});
