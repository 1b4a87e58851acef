import { expect } from 'vitest';
import { PHASES } from '../../../src/plan/plan';
import type { Ended } from './runs';
import type { Site } from './site';

export interface Except {
  /** Schema that stays. */
  readonly ahead?: readonly string[];
  /** A host that waited for a person: the others did not wait for it. */
  readonly waited?: string;
}

/** Every host as before, every claim closed, nothing undone twice or out of order, and no attempt left under way. */
export function expectBack(site: Site, ended: Ended, { ahead = [], waited }: Except = {}): void {
  expect(site.left()).toEqual(ahead);
  expect(site.openClaims()).toEqual([]);
  expect(site.wrong).toEqual([]);
  expectOnce(site);
  expectBackOrder(site, waited);
  expect(ended).toMatchObject({ outcome: 'rolled-back', state: 'closed', memo: { outcome: 'rolled-back' } });
  expect(ended.description.raw.pendingActivities ?? []).toEqual([]);
}

/** No program of the way forward began twice on a host, and none began after its undo. */
export function expectOnce(site: Site): void {
  for (const host of site.hosts.values()) {
    const forward = host.runs.filter((run) => run.startsWith('forward'));
    expect(forward).toEqual([...new Set(forward)]);
    for (const run of host.runs.filter((each) => each.startsWith('undo'))) {
      expect(host.runs.indexOf(run)).toBeGreaterThan(host.runs.indexOf(run.replace('undo', 'forward')));
    }
  }
}

/** Later phases are over on all hosts before anything of an earlier one begins; within a phase each host goes backwards. */
export function expectBackOrder(site: Site, waited?: string): void {
  const back = site.journal.flatMap((line) => {
    const [, id, host, event] = /^undo (\S+)@(\S+) (\S+)$/.exec(line) ?? [];
    const step = site.plan.steps.find((each) => each.id === id);
    return step && host && event ? [{ line, id: step.id, host, begins: event === 'began' || event === 'never', phase: PHASES.indexOf(step.phase) }] : [];
  });
  for (const [at, entry] of back.entries()) {
    const earlier = back.slice(0, at).filter((before) => (before.phase < entry.phase && entry.host !== waited) || (before.host === entry.host && before.id < entry.id));
    expect(earlier.map((before) => `${before.line}, before ${entry.line}`)).toEqual([]);
  }
}
