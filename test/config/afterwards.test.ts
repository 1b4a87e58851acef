import { expect, test } from 'vitest';
import { ConfigError, problemText } from '../../src/config/errors';
import { RUNBOOK } from '../../src/config/follow-ups';
import { parseConfig } from '../../src/config/parse';
import { fullDocument, put } from './document';

function read(section: 'follow_ups' | 'drills', value: unknown) {
  const document = fullDocument();
  put(document, [section], value);
  return parseConfig(document, 'sternway.yml').environments['production'];
}

function mistakes(section: 'follow_ups' | 'drills', value: unknown): string[] {
  try {
    read(section, value);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(problemText);
    throw error;
  }
  return [];
}

const task = (name: string) => ({ name, after: '2h', what: ['look'] });

test('the preset brings the tasks of the runbook, each with its points and its time [PD-07, PD-09, PD-10, PD-12, PD-13, PD-14, MN-34, IR-06, IR-07, IR-08, IR-09, IR-10, IR-11, IR-12, IR-14, IR-15, IR-16, IR-17, IR-18, IR-19, IR-20, NT-24, DR-04, CH-14, CH-15]', () => {
  const tasks = read('follow_ups', { preset: 'runbook' })?.follow_ups?.tasks ?? [];
  expect(tasks.map(({ name, after, on }) => [name, after, on.join()])).toEqual([
    ['after-1-hour', '1h', 'deployed'], ['after-24-hours', '1d', 'deployed'], ['after-1-week', '7d', 'deployed'],
    ['after-rollback', '1h', 'rolled-back'], ['incident-report', '1d', 'rolled-back'], ['post-mortem', '2d', 'rolled-back'],
  ]);
  const points = Object.fromEntries(tasks.map(({ name, what }) => [name, what.join('\n')]));
  const wanted: [task: string, words: RegExp[]][] = [
    ['after-1-hour', [/Sentry/, /response times/, /health check/, /logs/, /Celery/]],
    ['after-24-hours', [/baseline/, /feedback and tickets/, /backup/, /documentation/, /Docker images/]],
    ['after-1-week', [/review/, /learned, and tell the team/, /runbook, its procedures and its documentation/, /better in the process/, /automated: .*waited for people/, /people are told better: .*messages with their times/]],
    ['after-rollback', [/trouble that the rollback/, /users report/, /data are consistent/, /nothing is left/, /tell users and stakeholders that it is over/]],
    ['incident-report', [/schedule the analysis/, /send the report to stakeholders, and tell users/]],
    ['post-mortem', [/root causes/, /rollback procedures/, /tell the team what was found, and stakeholders/, /prevents it: each measure/, /monitoring and alerts: .*which checks/, /tests that would have caught it/, /rollback can be automated: .*blocked or held/, /train the team .*--note says who took part/]],
  ];
  for (const [name, words] of wanted) for (const word of words) expect(points[name]).toMatch(word);
});

test('an own task replaces that of the preset, and takes the reminder of the section', () => {
  const found = read('follow_ups', { preset: 'runbook', tasks: [{ ...task('after-1-week'), on: ['rolled-back'] }, task('orders')], remind: '1h' })?.follow_ups;
  expect(found?.tasks).toHaveLength(RUNBOOK.length + 1);
  expect(found?.tasks.slice(0, 2)).toEqual([{ ...task('after-1-week'), on: ['rolled-back'] }, { ...task('orders'), on: ['deployed'] }]);
  expect(found?.remind).toBe('1h');
});

test.each<[section: 'follow_ups' | 'drills', value: unknown, says: RegExp]>([
  ['follow_ups', {}, /^follow_ups\.tasks: must have at least one task \(got none\) - add one, or preset: runbook$/],
  ['follow_ups', { tasks: [task('orders'), task('orders')] }, /^follow_ups\.tasks\[1\]\.name: must be unique \(got "orders" again\)/],
  ['follow_ups', { tasks: [{ ...task('orders'), on: ['failed'] }] }, /^follow_ups\.tasks\[0\]\.on\[0\]: must be one of deployed, rolled-back/],
  ['drills', { environment: 'staging', refuse: true }, /^drills\.max_age: is missing, with refuse: true - add it, for example 45d$/],
  ['drills', { environment: 'staging', schedule: 'daily' }, /^drills\.schedule: must be weekly, monthly or the five fields of cron, in digits \(got "?daily"?\)/],
  ['drills', { environment: 'staging', schedule: '0 4 1 *' }, /^drills\.schedule: must be weekly, monthly or the five fields/],
])('%s: %j is refused with one sentence', (section, value, says) => {
  const found = mistakes(section, value);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(says);
});

test('drills are monthly, with the backup, and refuse nothing, unless it is said', () => {
  expect(read('drills', { environment: 'staging' })?.drills).toEqual({ environment: 'staging', schedule: 'monthly', restore: true, refuse: false });
});
