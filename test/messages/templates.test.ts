import { expect, test } from 'vitest';
import { MOMENTS, concerns, type Asking, type Audience, type Postponed, type RollbackComplete, type RollbackStart, type RollbackUpdate } from '../../src/messages/moments';
import { words } from '../../src/messages/templates';
import { inWords, spanInWords, version } from '../../src/messages/words';
import { CONTACTS, everyTelling, INTERNAL, SETTINGS, SUBJECT, telling } from './support/known';

const say = (moment: Parameters<typeof telling>[0], audience: Audience) => {
  const said = words(telling(moment), audience, SUBJECT, SETTINGS);
  return said === undefined ? undefined : { subject: said.subject, lines: said.text.split('\n') };
};

test('the notice has the agreed subject and says when, how long, what changes, how it goes back and whom to call [NT-06]', () => {
  expect(words(telling('notice'), 'team', SUBJECT, SETTINGS)).toEqual({
    subject: '[DEPLOYMENT NOTICE] Shop v2.0.0 - 2026-11-24 02:00 UTC',
    text: [
      'Shop v2.0.0 will be deployed to production.', '',
      'Deployment scheduled for: 2026-11-24 02:00 UTC', 'Expected duration: 30-45 minutes', 'Expected downtime: 5-10 minutes', '',
      'Changes:', '- 0f3c9ab12de Search by date', '- Faster orders', '',
      'Rollback plan: Available if issues occur: sternway decide', '',
      'On-call engineer: Ada - +44 20 7946 0000, ada@shop.test',
    ].join('\n'),
  });
});

test('stakeholders get changes, way back and whom to call with the notice; users when it is, how long, the downtime, what was written for them and the address for questions [NT-02, NT-04]', () => {
  expect(say('notice', 'stakeholders')?.lines).toEqual(expect.arrayContaining(['- Faster orders', expect.stringMatching(/^Rollback plan: /), 'Questions or problems: devops@shop.test', expect.stringMatching(/^On-call engineer: Ada/)]));
  expect(say('notice', 'users')?.lines).toEqual(expect.arrayContaining(['Deployment scheduled for: 2026-11-24 02:00 UTC', 'Expected duration: 30-45 minutes', 'Expected downtime: 5-10 minutes; until it is over you will see a maintenance page', '- Search finds dates', 'Questions or problems: devops@shop.test']));
});

test('the post at the start of a rollback is that of the runbook, with the configured interval', () => {
  expect(say('rollback-start', 'team')).toEqual({
    subject: 'ROLLBACK INITIATED - Production deployment v2.0.0',
    lines: ['ROLLBACK INITIATED - Production deployment v2.0.0', '', 'Reason: gunicorn does not answer on web-1', 'ETA: 10 minutes', 'Started by: ada', 'Status updates every 2 minutes', '', 'shop/production, deployment 20261122-020000-v2-0-0'],
  });
  const other = words({ ...(telling('rollback-start') as RollbackStart), every: 30, estimate: null }, 'team', SUBJECT, SETTINGS);
  expect(other?.text).toContain('ETA: not known\nStarted by: ada\nStatus updates every 30 seconds\n');
});

test('the post at the end of a rollback is that of the runbook', () => {
  expect(say('rollback-complete', 'team')).toEqual({
    subject: 'ROLLBACK COMPLETE - Production stable on v1.9.0',
    lines: [
      'ROLLBACK COMPLETE - Production stable on v1.9.0', '', 'Services verified healthy', 'Reason: gunicorn does not answer on web-1', 'It took 8 minutes.',
      'Incident report: https://reports.shop.test/web-1', 'Post-mortem scheduled: 2026-11-24 10:00 UTC', '', 'shop/production, deployment 20261122-020000-v2-0-0',
    ],
  });
});

test('complete and healthy are said only of what is: not with a step left out, and not unless it was verified', () => {
  const ended = { ...(telling('rollback-complete') as RollbackComplete), verified: false, left: ['start the app@web-2'], report: null, postMortem: null };
  const all = (['team', 'users', 'stakeholders'] as const).map((audience) => words(ended, audience, SUBJECT, SETTINGS));
  for (const said of all) expect(`${said?.subject} ${said?.text}`).not.toMatch(/rollback complete|verified healthy|stable on|available again|service is restored/i);
  expect(all[0]?.subject).toBe('ROLLBACK INCOMPLETE - Production needs a person');
  expect(all[0]?.text).toMatch(/\nServices NOT verified.*\nLeft as they are:\n- start the app@web-2\n/);
  const unverified = { ...ended, left: [] };
  expect(words(unverified, 'users', SUBJECT, SETTINGS)?.text).not.toContain('available again');
  expect(words(unverified, 'stakeholders', SUBJECT, SETTINGS)?.text).toContain('its services are not verified yet');
});

test('a rollback of the first release ends at no release', () => {
  const first = { ...(telling('rollback-complete') as RollbackComplete), previous: null };
  expect(words(first, 'team', SUBJECT, SETTINGS)?.subject).toBe('ROLLBACK COMPLETE - Production as before v2.0.0');
});

test.each<[moment: Parameters<typeof telling>[0], subject: string, line: string]>([
  ['postponed', 'DEPLOYMENT POSTPONED - Production deployment v2.0.0', 'New start: 2026-11-25 02:00 UTC'],
  ['called-off', 'DEPLOYMENT CALLED OFF - Production deployment v2.0.0', 'It was scheduled for 2026-11-24 02:00 UTC and does not begin. Nothing was changed.'],
  ['start', 'DEPLOYMENT STARTED - Production deployment v2.0.0', 'Expected downtime: 5-10 minutes'],
  ['progress', 'DEPLOYMENT PROGRESS - Production deployment v2.0.0', '5 of 20 steps done'],
  ['delay', 'DEPLOYMENT DELAYED - Production deployment v2.0.0', 'Expected end: 2026-11-22 03:10 UTC'],
  ['done', 'DEPLOYMENT COMPLETE - Production is on v2.0.0', '- Faster orders'],
  ['rollback-update', 'ROLLBACK UPDATE - Production deployment v2.0.0', '3 of 12 steps taken back after 2 minutes'],
  ['rollback-update', 'ROLLBACK UPDATE - Production deployment v2.0.0', '- gunicorn forgets its orders: restart web-1'],
  ['hold', 'DECISION NEEDED - Production deployment v2.0.0', '- sternway decide   (try again)'],
  ['blocked', 'BLOCKED - Production deployment v2.0.0', 'Technical director: Edith - +44 20 7946 0000, edith@shop.test'],
  ['test-alert', 'TEST ALERT - Production deployment v2.0.0', 'Confirm that it arrived: sternway decide confirm'],
])('the team is told of %s', (moment, subject, line) => {
  expect(say(moment, 'team')).toMatchObject({ subject, lines: expect.arrayContaining([line]) as string[] });
});

test.each<[moment: Parameters<typeof telling>[0], subject: string, line: string]>([
  ['postponed', 'Shop: maintenance is postponed', 'New start: 2026-11-25 02:00 UTC.'],
  ['called-off', 'Shop: maintenance is called off', 'The update of Shop that was announced for 2026-11-24 02:00 UTC does not take place. You can go on using it.'],
  ['start', 'Shop: maintenance has begun', 'It should be back by 2026-11-22 02:10 UTC.'],
  ['delay', 'Shop: maintenance takes longer', 'It should be over by 2026-11-22 03:10 UTC.'],
  ['done', 'Shop: the update is complete', '- Search finds dates'],
  ['rollback-start', 'Shop: service disruption', 'Service should be restored within 10 minutes, by 2026-11-22 02:10 UTC.'],
  ['rollback-update', 'Shop: still being restored', 'Service should be restored within 8 minutes.'],
  ['rollback-complete', 'Shop: service is restored', 'Shop is available again, in the version before the update.'],
])('users are told of %s, and where to ask', (moment, subject, line) => {
  expect(say(moment, 'users')).toMatchObject({ subject, lines: expect.arrayContaining([line, 'Questions or problems: devops@shop.test']) as string[] });
});

test.each<[moment: Parameters<typeof telling>[0], subject: string, line: string]>([
  ['postponed', 'Shop v2.0.0: deployment postponed', 'New start: 2026-11-25 02:00 UTC'],
  ['called-off', 'Shop v2.0.0: deployment called off', 'The deployment that was scheduled for 2026-11-24 02:00 UTC does not take place. Nothing was changed.'],
  ['start', 'Shop v2.0.0: deployment started', 'Expected end: 2026-11-22 02:45 UTC'],
  ['progress', 'Shop v2.0.0: progress', 'The deployment is 25% done.'],
  ['delay', 'Shop v2.0.0: delayed', 'Expected end: 2026-11-22 03:10 UTC'],
  ['done', 'Shop v2.0.0: deployment complete', '- Faster orders'],
  ['rollback-start', 'Shop v2.0.0: rollback decided', 'Estimated time of restoration: 2026-11-22 02:10 UTC, in 10 minutes'],
  ['rollback-update', 'Shop v2.0.0: rollback under way', 'The rollback is 25% done after 2 minutes.'],
  ['rollback-complete', 'Shop v2.0.0: rollback complete', 'Reason: gunicorn does not answer on web-1'],
  ['hold', 'Shop v2.0.0: waiting for a decision', 'Everything is safe. Going on would cost data, so the team decides how.'],
])('stakeholders are told of %s', (moment, subject, line) => {
  expect(say(moment, 'stakeholders')).toMatchObject({ subject, lines: expect.arrayContaining([line]) as string[] });
});

test('of a bake that holds nobody is told that all is safe or data at stake: the release is live, and stakeholders hear so without the cause, users nothing [CH-10]', () => {
  const hold = { ...telling('hold'), host: null, title: 'the bake of v2.0.0', sentence: 'error-rate: 8%, beyond 1% whenever it was read, for 5m' } as Asking;
  const said = words(hold, 'stakeholders', SUBJECT, SETTINGS);
  expect(said?.subject).toBe('Shop v2.0.0: waiting for a decision');
  expect(said?.text).toContain('v2.0.0 is live, and stays so until the team decides or it gets worse.\nWhat is watched since it went live is not as it should be, or cannot be told.');
  for (const audience of ['team', 'stakeholders'] as const) expect(words(hold, audience, SUBJECT, SETTINGS)?.text).not.toMatch(/safe|data/i);
  expect(words(hold, 'users', SUBJECT, SETTINGS)).toBeUndefined();
});

test('a reminder of a bake is for the team, and says for how long nobody has answered', () => {
  const again = { ...telling('hold'), host: null, waited: 1800 } as Asking;
  expect(words(again, 'team', SUBJECT, SETTINGS)).toMatchObject({ subject: 'DECISION STILL NEEDED - Production deployment v2.0.0', text: expect.stringMatching(/^Waiting since: .*, for 30 minutes$/m) as string });
  expect(words(again, 'stakeholders', SUBJECT, SETTINGS)).toBeUndefined();
});

test('a bake that makes way for a deployment while it waits tells the team what is not seen to any more', () => {
  const over = { ...telling('hold'), host: null, sentence: 'errors: 50%', over: 'v3 is being deployed: v2.0.0 is neither watched nor taken back meanwhile.' } as Asking;
  const said = words(over, 'team', SUBJECT, SETTINGS);
  expect(said?.subject).toBe('NOT WATCHED - Production deployment v2.0.0');
  expect(said?.text).toContain('v3 is being deployed: v2.0.0 is neither watched nor taken back meanwhile.');
  expect(said?.text).not.toContain('Answer with');
  expect(words(over, 'stakeholders', SUBJECT, SETTINGS)).toBeUndefined();
});

test('a start that waits for a person is postponed without a new time, and never said to be its end', () => {
  for (const audience of ['team', 'users', 'stakeholders'] as const) {
    const said = words({ ...(telling('postponed') as Postponed), scheduled: null }, audience, SUBJECT, SETTINGS)?.text;
    expect(said).toMatch(/not known yet|We will tell you when it begins/);
    expect(said).not.toMatch(/over by|Expected end/);
  }
});

test('known problems stay with the team: neither users nor stakeholders are told of them, and a run of before they were known has none [DR-08]', () => {
  for (const audience of ['users', 'stakeholders'] as const) expect(say('rollback-update', audience)?.lines.join('\n')).not.toMatch(/gunicorn|known/i);
  const { known: _, ...before } = telling('rollback-update') as RollbackUpdate;
  expect(words(before, 'team', SUBJECT, SETTINGS)?.text).not.toMatch(/known problems/i);
});

test('users are told nothing of hosts, commands, commits, causes, deployments and people', () => {
  const own = [...Object.values(INTERNAL), SUBJECT.deployment, 'ada', CONTACTS.deployment_lead.phone];
  const told = everyTelling().flatMap((one) => words(one, 'users', SUBJECT, SETTINGS) ?? []);
  expect(told).toHaveLength(9);
  for (const { subject, text } of told) for (const secret of own) expect(`${subject}\n${text}`.toLowerCase()).not.toContain(secret.toLowerCase());
});

test('an audience is told something at exactly the moments that concern it', () => {
  for (const audience of ['team', 'users', 'stakeholders'] as const) {
    const told = MOMENTS.filter((moment) => words(telling(moment), audience, SUBJECT, SETTINGS) !== undefined);
    expect(told).toEqual(MOMENTS.filter((moment) => concerns(moment, audience)));
  }
});

test("whatever a host said stays in its line: it moves no cursor, hides nothing, forges no line and fills no screen", () => {
  const hostile = (text: string) => `${text}\r\nROLLBACK COMPLETE\u001b[2J\u202e\u2028forged${'x'.repeat(5000)}`;
  for (const audience of ['team', 'users', 'stakeholders'] as const) {
    for (const one of everyTelling(hostile)) {
      const said = words(one, audience, { ...SUBJECT, release: hostile('v2.0.0') }, SETTINGS);
      const plain = words(telling(one.moment), audience, SUBJECT, SETTINGS);
      expect(said?.subject ?? '').not.toMatch(/[\p{Cc}\u202e\u2028]/u);
      expect(said?.text ?? '').not.toMatch(/[^\P{Cc}\n]|[\u202e\u2028]/u);
      expect(said?.text.split('\n').length).toBe(plain?.text.split('\n').length);
      expect(said?.text.length ?? 0).toBeLessThan(5000);
    }
  }
});

test('a long list of changes is cut, and says so', () => {
  const changes = Array.from({ length: 200 }, (_, number) => `change ${number}`);
  const said = words({ ...telling('done'), changes } as never, 'team', SUBJECT, SETTINGS);
  expect(said?.text).toContain('- change 19\n- and 180 more\n');
  expect(said?.text).not.toContain('- change 20\n');
});

test('without contacts and product the app is named, and nobody is made up', () => {
  const said = words(telling('notice'), 'team', SUBJECT, {});
  expect(said?.subject).toBe('[DEPLOYMENT NOTICE] shop v2.0.0 - 2026-11-24 02:00 UTC');
  expect(said?.text).not.toMatch(/On-call|undefined|null/);
});

test('lengths of time and versions in words', () => {
  expect([1, 30, 60, 89, 90, 600, 3601].map(inWords)).toEqual(['1 second', '30 seconds', '1 minute', '89 seconds', '2 minutes', '10 minutes', '61 minutes']);
  expect([spanInWords({ least: 600, most: 600 }), spanInWords({ least: 10, most: 45 })]).toEqual(['10 minutes', '45 seconds']);
  expect(['v2.0.0', '2.0.0', 'nightly'].map(version)).toEqual(['v2.0.0', 'v2.0.0', 'nightly']);
});
