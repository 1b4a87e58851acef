import type { PeoplePolicy, Told } from '../../../src/activities/contract';

/** As sternway.yml has it by default, with nobody to ask. */
export const PEOPLE: PeoplePolicy = { every: 120, escalate: 900, roles: [], duration: { least: 1800, most: 2700 }, downtime: { least: 300, most: 600 } };

/** What becomes of a message that one channel takes, or does not. */
const sent = { key: 'k', channel: 'chat', recipient: null, audience: 'team' } as const;
export const TAKEN: Told['deliveries'] = [{ ...sent, delivered: true, word: 'ok' }];
export const NOT_TAKEN: Told['deliveries'] = [{ ...sent, delivered: false, why: 'chat: it cannot be reached (ECONNREFUSED)' }];
