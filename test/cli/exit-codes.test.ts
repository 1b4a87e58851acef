import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXIT_CODES, exitFor } from '../../src/cli/exit-codes';
import type { Ended } from '../../src/events/events';

function ended(rest: Partial<Ended>): Ended {
  return {
    v: 1, at: '2026-11-22T06:00:00.000Z', type: 'ended', workflow: 'deploy', status: 'failed', failure: null, outcome: 'unknown', cause: null, sentence: '',
    deployment: null, release: null, skipped: [], schemaAhead: [], seconds: 1, ...rest,
  };
}

test('the documented table is the one in the code, word for word', () => {
  const documented = readFileSync(join(__dirname, '../../docs/exit-codes.md'), 'utf8');
  const rows = [...documented.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, code, meaning]) => [Number(code), meaning]);
  expect(rows).toEqual(EXIT_CODES.map(([code, , meaning]) => [code, meaning]));
});

test.each([
  ['deployed', ended({ status: 'completed', outcome: 'deployed' }), 0, 12],
  ['rolled back after a failure', ended({ failure: 'RolledBack', outcome: 'rolled-back', cause: 'failure' }), 10, 0],
  ['rolled back at the deadline', ended({ failure: 'RolledBack', outcome: 'rolled-back', cause: 'deadline' }), 10, 0],
  ['rolled back at a threshold', ended({ failure: 'RolledBack', outcome: 'rolled-back', cause: 'threshold' }), 10, 0],
  ['rolled back on request', ended({ failure: 'RolledBack', outcome: 'rolled-back', cause: 'signal' }), 13, 0],
  ['rolled back after a cancel', ended({ status: 'cancelled', outcome: 'rolled-back', cause: 'cancel' }), 13, 0],
  ['the live deployment taken back', ended({ status: 'completed', outcome: 'rolled-back', cause: 'signal' }), 13, 0],
  ['withdrawn before any change', ended({ failure: 'Withdrawn', outcome: 'unchanged', cause: 'signal' }), 13, 0],
  ['cancelled before any change', ended({ status: 'cancelled', outcome: 'unchanged', cause: 'cancel' }), 13, 0],
  ['refused', ended({ failure: 'Refused', outcome: 'unchanged', cause: 'failure' }), 12, 12],
  ['held on the hosts by somebody else', ended({ failure: 'Busy', outcome: 'unchanged', cause: 'failure' }), 14, 14],
  ['live, a rollback having come too late', ended({ failure: 'Refused', outcome: 'deployed', cause: 'signal' }), 0, 12],
  ['not all taken back', ended({ failure: 'Incomplete', outcome: 'incomplete', cause: 'failure' }), 11, 11],
  ['terminated', ended({ status: 'terminated' }), 11, 11],
  ['timed out by Temporal', ended({ status: 'timed-out' }), 11, 11],
  ['failed in a way nobody knows', ended({ failure: 'TypeError' }), 11, 11],
] as const)('a run that ended %s has its code, for a deployment and for a rollback', (_, end, deploy, rollback) => {
  expect([exitFor(end, 'deploy'), exitFor(end, 'rollback')]).toEqual([deploy, rollback]);
});
