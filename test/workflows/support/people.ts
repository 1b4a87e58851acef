import type { PeoplePolicy } from '../../../src/activities/contract';

/** As sternway.yml has it by default, with nobody to ask. */
export const PEOPLE: PeoplePolicy = { every: 120, escalate: 900, roles: [], duration: { least: 1800, most: 2700 }, downtime: { least: 300, most: 600 } };
