import { expect, test } from 'vitest';
import type { Proof } from '../../src/events/proofs';
import { proven } from '../../src/report/proven';

const NOW = new Date('2026-11-22T12:00:00Z');
const DRILLS = { environment: 'staging', schedule: 'monthly', restore: true, max_age: '45d', refuse: true };
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000).toISOString();
const good = (days: number): Proof => ({ at: daysAgo(days), outcome: 'proven', sentence: 'well', release: 'v2', previous: 'v1', on: 'staging', rollbackSeconds: 41.2, restore: 'ok' });
const bad = (days: number): Proof => ({ ...good(days), outcome: 'failed', sentence: 'status 502' });
const none = (days: number): Proof => ({ ...good(days), outcome: 'not-held', sentence: 'staging is held', rollbackSeconds: null });
const MEND = '; hold a drill that goes well (sternway drill now), or set drills.refuse: false';

test.each<[title: string, proofs: Proof[], possible: boolean, said: string, refuses: string | null]>([
  ['a proof of twelve days ago', [good(12)], true, '12 days ago, 41 s, v2 to v1 on staging', null],
  ['the newest of several, in whatever order', [good(40), good(12), good(70)], true, '12 days ago, 41 s, v2 to v1 on staging', null],
  ['one that is older than may be', [good(46)], true, '46 days ago, 41 s, v2 to v1 on staging; that is older than drills.max_age (45d)', `the last proven rollback was 46 days ago; that is older than drills.max_age (45d)${MEND}`],
  ['a failure since', [good(12), bad(3)], true, '12 days ago, 41 s, v2 to v1 on staging; the last drill failed 3 days ago: status 502', `the last drill failed 3 days ago: status 502${MEND}`],
  ['a failure before', [good(3), bad(12)], true, '3 days ago, 41 s, v2 to v1 on staging', null],
  ['one that was not held since', [good(12), none(1)], true, '12 days ago, 41 s, v2 to v1 on staging', null],
  ['a failure and then one that was not held', [bad(12), none(1)], true, 'never; the last drill failed 12 days ago: status 502', `the last drill failed 12 days ago: status 502${MEND}`],
  ['nothing, where one could have been held', [], true, 'never', `no drill has proven a rollback yet${MEND}`],
  ['nothing, where none could be held yet', [], false, 'never', null],
])('%s is what the plan says, and refuses a deployment or not', (_, proofs, possible, said, refuses) => {
  expect(proven(DRILLS, proofs, NOW, possible)).toEqual({ said: `last proven rollback: ${said}`, refuses });
  expect(proven({ ...DRILLS, refuse: false }, proofs, NOW, possible)).toEqual({ said: `last proven rollback: ${said}`, refuses: null });
});
