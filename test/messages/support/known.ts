import type { MessagesSettings } from '../../../src/config/schema';
import { MOMENTS, type Moment, type Subject, type Telling } from '../../../src/messages/moments';
import type { Message } from '../../../src/messages/routes';

export const SUBJECT: Subject = { app: 'shop', environment: 'production', release: 'v2.0.0', deployment: '20261122-020000-v2-0-0' };
export const AT = '2026-11-22T02:00:00.000Z';

const person = (name: string) => ({ name, phone: '+44 20 7946 0000', email: `${name.toLowerCase()}@shop.test` });
export const CONTACTS: NonNullable<MessagesSettings['contacts']> = {
  team: 'devops@shop.test', on_call: person('Ada'), deployment_lead: person('Barbara'), operations_lead: person('Carol'), security_lead: person('Dorothy'),
  technical_director: person('Edith'), infrastructure_manager: person('Frances'), security_manager: person('Grace'),
};

export const SETTINGS: MessagesSettings = {
  product: 'Shop',
  channels: [
    { name: 'chat', slack: { url: { secret: 'SLACK_URL' } } },
    { name: 'status', webhook: { url: 'https://status.shop.test/hook', headers: {} } },
    { name: 'mail', email: { host: '127.0.0.1', port: 25, tls: 'none', from: 'deployments@shop.test' } },
  ],
  to: [
    { audience: 'team', channel: 'chat' },
    { audience: 'users', channel: 'status' },
    { audience: 'stakeholders', channel: 'mail', addresses: ['board@shop.test', 'owner@shop.test'], moments: ['notice', 'rollback-start', 'rollback-complete'] },
  ],
  contacts: CONTACTS,
  every: '2m', escalate: '15m', duration: { least: '30m', most: '45m' }, downtime: { least: '5m', most: '10m' },
};

/** What a host and a command look like: nothing of it is for users. */
export const INTERNAL = { host: 'web-1', command: 'sternway decide', commit: '0f3c9ab12de', cause: 'gunicorn' };
const { host, command, commit, cause } = INTERNAL;

/** A telling of each moment, full of what users must not see. `say` makes its texts. */
export function telling(moment: Moment, say: (text: string) => string = (text) => text): Telling {
  const duration = { least: 1800, most: 2700 };
  const downtime = { least: 300, most: 600 };
  const changes = { changes: [say(`${commit} Search by date`), say('Faster orders')], forUsers: ['Search finds dates'] };
  const reason = say(`${cause} does not answer on ${host}`);
  const step = say(`${cause}: start on ${host}`);
  const all: { [M in Moment]: Telling } = {
    notice: { moment: 'notice', at: AT, scheduled: '2026-11-24T02:00:00.000Z', duration, downtime, wayBack: say(`Available if issues occur: ${command}`), ...changes },
    postponed: { moment: 'postponed', at: AT, reason, scheduled: '2026-11-25T02:00:00.000Z' },
    'called-off': { moment: 'called-off', at: AT, reason, scheduled: '2026-11-24T02:00:00.000Z' },
    start: { moment: 'start', at: AT, duration, downtime },
    progress: { moment: 'progress', at: AT, done: 5, total: 20, step },
    delay: { moment: 'delay', at: AT, reason, expected: '2026-11-22T03:10:00.000Z' },
    done: { moment: 'done', at: AT, seconds: 1234, ...changes },
    'rollback-start': { moment: 'rollback-start', at: AT, reason, by: say('ada'), estimate: 600, every: 120 },
    'rollback-update': { moment: 'rollback-update', at: AT, elapsed: 120, remaining: 480, done: 3, total: 12, step, known: [say(`${cause} forgets its orders: restart ${host}`)] },
    'rollback-complete': { moment: 'rollback-complete', at: AT, previous: say('v1.9.0'), reason, seconds: 421, verified: true, left: [], report: say(`https://reports.shop.test/${host}`), postMortem: '2026-11-24T10:00:00.000Z' },
    hold: { moment: 'hold', at: AT, title: step, host: say(host), sentence: reason, answers: [{ command: say(command), purpose: say('try again') }] },
    blocked: { moment: 'blocked', at: AT, title: step, host: say(host), sentence: reason, answers: [{ command: say(command), purpose: say('try again') }] },
    escalation: { moment: 'escalation', at: AT, role: 'technical_director', since: AT, about: reason, confirm: say(`${command} ack`), next: 900 },
    'test-alert': { moment: 'test-alert', at: AT, confirm: say(`${command} confirm`) },
    due: { moment: 'due', at: AT, task: 'after-1-hour', since: AT, points: [say(`look at ${host}`)], confirm: say(`${command} done`) },
    'drill-failed': { moment: 'drill-failed', at: AT, held: true, on: 'staging', sentence: reason },
  };
  return all[moment];
}

export const everyTelling = (say?: (text: string) => string): Telling[] => MOMENTS.map((moment) => telling(moment, say));

export function message(over: Partial<Message> = {}): Message {
  return { key: 'shop_production_d1_done_1_chat_', app: 'shop', environment: 'production', deployment: 'd1', moment: 'done', number: 1, audience: 'team', channel: 'chat', recipient: null, subject: 'DEPLOYMENT COMPLETE', text: 'Production is on v2.0.0', ...over };
}
