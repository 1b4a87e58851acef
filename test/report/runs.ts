import type { Given, Point } from '../../src/report/document/given';
import { deployed, shopPlan } from '../plan/support/shop';
import { BEGAN, play, stepsOf } from './story';

/** The shop's own plan on two hosts. */
export const STEPS = stepsOf(shopPlan({ 'web-1': deployed(), 'web-2': deployed() }));

export const good = () => play(STEPS);
export const failing = (sentence = 'status 502 instead of 200', output = 'GET https://shop.test/ -> 502\nupstream: connect() failed') =>
  play(STEPS, { title: 'users get the new release', sentence, output });

/** ISO time, in seconds since the runs of {@link Story} begin. */
export const at = (seconds: number): string => new Date(Date.parse(BEGAN) + seconds * 1000).toISOString();

/** A reading every five seconds from a minute before, with half a minute of silence. */
const SAMPLES: Point[] = Array.from({ length: 36 }, (_, n) => ({ at: at(-60 + n * 5), value: n > 13 && n < 20 ? null : n < 26 ? 0.3 + (n % 3) / 10 : n < 31 ? 0.3 + (n - 25) * 1.7 : 0.5 }));

export const GIVEN: Given = {
  written: at(400),
  contacts: [{ role: 'on call', name: 'Maria', reach: '+49 30 1234' }],
  failedRequests: { count: 17, total: 4210, source: 'nginx' },
  series: [{ name: 'error rate', unit: '%', baseline: 0.4, thresholds: [{ name: 'ask', value: 2, bad: 'above' }, { name: 'roll back', value: 5, bad: 'above' }], samples: SAMPLES }],
};
