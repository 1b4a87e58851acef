/** What a figure of the bake may be. */
import { z } from 'zod';
import { DEFAULTS } from '../defaults';
import { limitOf, readLimit } from '../limits';
import { formatDuration, readDuration } from '../units';
import { describe, rule, section } from './field';
import { plainName } from './text';
import { choice, duration, integer } from './values';

const limit = (doc: string) =>
  describe(
    z.union([
      z.number().min(0),
      z.string().refine((text) => readLimit(text) !== undefined).overwrite((text) => {
        const time = readDuration(text);
        return time === undefined ? text : formatDuration(time);
      }),
    ]),
    { doc, expects: 'a number from 0, a percentage such as 10% or a duration such as 500ms', example: '10%' },
  );

const thresholdFields = section('What a figure may be. `10%` is compared as 0.1 and `500ms` as 0.5.', {
  name: describe(plainName('error-rate'), { doc: 'What reports call it.' }),
  metric: describe(plainName('error-rate'), { doc: 'The source of the figure, by its name in `sources`.' }),
  accept: limit('Healthy up to and including this. Beyond it for as long as `for` says, a person is asked.'),
  rollback: limit('Beyond this for as long as `for` says, without a sample that is not, the release is taken back. Without it nothing is taken back, only asked.').optional(),
  for: describe(duration('0s', '1d'), { doc: 'How long it must last. A sample that is not beyond the limit starts it anew; so does a gap of more than two intervals. Also how long there may be no data before a person is asked.' }).prefault(DEFAULTS.bake.for),
  least: describe(integer(1, 1_000_000, '10'), { doc: 'Requests that a sample must rest on; with fewer it says nothing, neither good nor bad. Only for a source that counts them: the `error_share` of `access_log`, or `prometheus` with `count`.' }).optional(),
  against: describe(choice(['baseline']), { doc: 'With `baseline`, `accept` and `rollback` are how many times the figure may be what it was before the deployment.' }).optional(),
});

export const threshold = rule(thresholdFields, 'all', ({ accept, rollback, against }, report) => {
  const written = { accept, ...(rollback === undefined ? {} : { rollback }) };
  if (against !== undefined) {
    const odd = Object.entries(written).find(([, one]) => typeof one !== 'number' || one < 1);
    if (odd !== undefined) return void report([odd[0]], `must be a number from 1 with against: baseline, so many times the baseline (got ${odd[1]})`, 'for example 1.5');
  }
  if (rollback === undefined) return;
  const [low, high] = [limitOf(accept), limitOf(rollback)];
  if (low.unit !== high.unit) report(['rollback'], `must be written as accept is (got ${rollback}, accept is ${accept})`, 'give both as numbers, as percentages or as durations');
  else if (high.value < low.value) report(['rollback'], `must not be less than accept (got ${rollback}, accept is ${accept})`, 'every figure is worse the higher it is: exchange the two, or turn the figure around');
});

export type Threshold = z.output<typeof threshold>;

/** The runbooks' thresholds, each for the source of its name. They name no acceptance and no duration for users: as for errors, and a minute. */
export const RUNBOOK: readonly z.input<typeof threshold>[] = [
  { name: 'error-rate', metric: 'error-rate', accept: '1%', rollback: '10%', for: '5m', least: 10 },
  { name: 'response-time', metric: 'response-time', accept: '500ms', rollback: '5s', for: '5m' },
  { name: 'affected-users', metric: 'affected-users', accept: '1%', rollback: '50%', for: '1m' },
];
