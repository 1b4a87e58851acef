import { expect, test } from 'vitest';
import { insist, nextAt, seenTo, waiting, type Due, type Patience } from '../../src/bake/waiting';

const PATIENCE: Patience = { remind: 600, escalate: 900, roles: 2 };

/** What is said, each with its minute, when somebody looks at every instant at which something is due. */
function said(patience: Patience, minutes: number, looks: (at: number) => number = (at) => at): (Due & { minute: number })[] {
  const found: (Due & { minute: number })[] = [];
  for (let waited = waiting(0, patience); nextAt(waited) <= minutes * 60_000; ) {
    const now = looks(nextAt(waited));
    const next = insist(waited, now, patience);
    waited = next.waited;
    found.push({ ...next.due, minute: now / 60_000 });
  }
  return found;
}

test('reminders come twice as late each time, up to 16 times the first, so a week is some dozens of them', () => {
  const reminders = said({ ...PATIENCE, roles: 0 }, 7 * 24 * 60).map(({ minute }) => minute);
  expect(reminders.slice(0, 6)).toEqual([10, 30, 70, 150, 310, 470]);
  expect(reminders.length).toBeLessThan(70);
});

test('each role has its whole time, then it is said once that nobody has answered; with no roles nobody is asked [NT-25]', () => {
  const asked = (patience: Patience) => said(patience, 1000).flatMap(({ ask, minute }) => (ask === undefined ? [] : [[ask, minute]]));
  expect(asked(PATIENCE)).toEqual([[0, 0], [1, 15], [null, 30]]);
  expect(asked({ ...PATIENCE, roles: 0 })).toEqual([]);
  expect(nextAt(seenTo(waiting(0, PATIENCE)))).toBe(600_000);
});

test('after a night with no worker there is one reminder and one role, not all that were missed', () => {
  const night = 8 * 3_600_000;
  const { due, waited } = insist(waiting(0, PATIENCE), night, PATIENCE);
  expect(due).toEqual({ remind: true, ask: 0 });
  expect(nextAt(waited)).toBe(night + 900_000);
});
