// A night in which nobody answers, in a second: the clock skips while a person is waited for.
import { expect, test } from 'vitest';
import type { PeoplePolicy } from '../../src/activities/contract';
import { Site } from './support/site';
import { useSkipping } from './support/skipping';

const temporal = useSkipping();

const PEOPLE: PeoplePolicy = { every: 120, escalate: 900, roles: ['on_call', 'operations_lead', 'technical_director'], duration: { least: 1800, most: 2700 }, downtime: { least: 300, most: 600 } };
const STOP = '06-stop-the-app@web-1';

test('while a run waits for a person, one role is asked every 15 minutes, each once, then it is said that nobody answered; updates go on, more and more rarely [NT-18, NT-25, MN-31]', async () => {
  const site = new Site('night');
  site.policy = { ...site.policy, messages: PEOPLE };
  site.fail('forward 08-switch-release@web-1');
  site.fail(`undo ${STOP}`, 1, 'no way back');
  const handle = await temporal.runs.deploy(site);
  const question = await site.question(STOP);
  await site.changes.until(() => site.told.some(({ moment }) => moment === 'escalation'));
  const begun = Date.parse(site.told.find(({ moment }) => moment === 'escalation')?.at ?? '');
  await temporal.until(begun + 6 * 3_600_000);
  const minutes = (moment: string) => site.told.flatMap((telling) => (telling.moment === moment ? [Math.round((Date.parse(telling.at) - begun) / 60_000)] : []));
  await site.changes.until(() => minutes('rollback-update').includes(350) && site.told.some((telling) => telling.moment === 'escalation' && telling.role === null));
  const told = site.told.length;
  expect(site.told.flatMap((telling) => (telling.moment === 'escalation' ? [telling.role] : []))).toEqual(['on_call', 'operations_lead', 'technical_director', null]);
  expect(minutes('escalation')).toEqual([0, 15, 30, 45]);
  // 2, 4, 8, 16 minutes apart, then every 32; one that the skipping clock overtook before it was sent may lack.
  const due = [2, 6, 14, 30, 62, 94, 126, 158, 190, 222, 254, 286, 318, 350];
  expect(minutes('rollback-update').filter((at) => !due.includes(at))).toEqual([]);
  await temporal.runs.decide(handle, question, 'retry');
  expect((await temporal.runs.ended(handle)).outcome).toBe('rolled-back');
  expect(site.told.slice(told).map(({ moment }) => moment)).toEqual(['rollback-complete']);
});
