/** When people are told something, and who they are. Names of sternway.yml; what is said is in src/messages/. */

/** In the order of a deployment's life. */
export const MOMENTS = ['notice', 'postponed', 'called-off', 'start', 'progress', 'delay', 'done', 'rollback-start', 'rollback-update', 'rollback-complete', 'hold', 'blocked', 'escalation', 'test-alert', 'due', 'drill-failed'] as const;
export type Moment = (typeof MOMENTS)[number];

export const AUDIENCES = ['team', 'users', 'stakeholders'] as const;
export type Audience = (typeof AUDIENCES)[number];

/** What only those who run the app can act on. */
const FOR_THE_TEAM: readonly Moment[] = ['blocked', 'escalation', 'test-alert', 'due', 'drill-failed'];
/** Users hear when they are cut off and when they are back, not how the work goes. */
const NOT_FOR_USERS: readonly Moment[] = [...FOR_THE_TEAM, 'progress', 'hold'];

/** Is there anything to tell this audience at this moment? */
export function concerns(moment: Moment, audience: Audience): boolean {
  if (audience === 'team') return true;
  return !(audience === 'users' ? NOT_FOR_USERS : FOR_THE_TEAM).includes(moment);
}
