/** Rehearsals of deployment and rollback on another environment, and what their proof is worth. */
import { z } from 'zod';
import { DEFAULTS } from '../defaults';
import { describe, rule, section } from './field';
import { plainName } from './text';
import { duration } from './values';

/** Names for the usual ones; times are UTC. */
export const SCHEDULES: Readonly<Record<string, string>> = { weekly: '0 4 * * 1', monthly: '0 4 1 * *' };

const FIELD = '[0-9*,/-]{1,40}';
const CRON = new RegExp(`^(weekly|monthly|${FIELD}( ${FIELD}){4})$`);

const truth = (doc: string) => describe(z.boolean(), { doc, expects: 'true or false', example: 'true' });

const fields = section(
  'A rehearsal on another environment: the release before the live one is deployed there, then the live one, then it is rolled back, and it is measured how long that takes. `sternway drill install` makes the schedule. The environment that the drills take place on has none itself.',
  {
    environment: describe(plainName('staging'), { doc: 'The environment that is changed by it. It ends on the release before the live one.' }),
    schedule: describe(z.string().regex(CRON), {
      doc: '`weekly`, `monthly`, or five fields as cron has them: minute, hour, day of the month, month, day of the week. In UTC.',
      expects: 'weekly, monthly or the five fields of cron, in digits',
      example: '"0 4 1 * *"',
    }).prefault(DEFAULTS.drills.schedule),
    restore: truth('The backup of the last deployment is loaded into an empty place beside the database, on its own host, and compared.').prefault(DEFAULTS.drills.restore),
    max_age: describe(duration('1s', '365d'), { doc: 'How old the last proof may be.', example: '45d' }).optional(),
    refuse: truth('Deployments are refused when the last proof is older than `max_age` or the last drill failed. Else a plan only says so.').prefault(DEFAULTS.drills.refuse),
  },
);

export const drills = rule(fields, ['refuse', 'max_age'], ({ refuse, max_age }, report) => {
  if (refuse && max_age === undefined) report(['max_age'], 'is missing, with refuse: true', 'add it, for example 45d');
});

export type Drills = z.output<typeof drills>;
