import { expect, test } from 'vitest';
import { messageId, messageKey, type Identity } from '../../src/messages/message-id';
import { NO_ALERTS, withoutRepeats } from '../../src/messages/repeats';
import { messagesFor, routesFor } from '../../src/messages/routes';
import { AT, SETTINGS, SUBJECT, telling } from './support/known';

test('a message goes to those whose moment it is, each in its own words', () => {
  const sent = messagesFor(telling('rollback-start'), 1, SUBJECT, SETTINGS);
  expect(sent.map(({ audience, channel, recipient, subject }) => [audience, channel, recipient, subject])).toEqual([
    ['team', 'chat', null, 'ROLLBACK INITIATED - Production deployment v2.0.0'],
    ['users', 'status', null, 'Shop: service disruption'],
    ['stakeholders', 'mail', 'board@shop.test', 'Shop v2.0.0: rollback decided'],
    ['stakeholders', 'mail', 'owner@shop.test', 'Shop v2.0.0: rollback decided'],
  ]);
  expect(routesFor(SETTINGS, 'done').map(({ channel }) => channel)).toEqual(['chat', 'status']);
  expect(routesFor(SETTINGS, 'blocked').map(({ channel }) => channel)).toEqual(['chat']);
  expect(messagesFor(telling('done'), 1, SUBJECT, undefined)).toEqual([]);
});

test('a destination that is named twice is told once, by the first entry, also by another channel or in capitals', () => {
  const twice = {
    ...SETTINGS,
    channels: [...SETTINGS.channels, { name: 'chat-2', slack: { url: { secret: 'SLACK_URL' } } }, { name: 'status-2', webhook: { url: 'https://status.shop.test/hook', headers: {} } }, { name: 'other', webhook: { secret: 'OTHER', headers: {} } }],
    to: [
      ...SETTINGS.to,
      { audience: 'stakeholders' as const, channel: 'chat-2' }, { audience: 'team' as const, channel: 'status-2' }, { audience: 'team' as const, channel: 'other' },
      { audience: 'team' as const, channel: 'mail', addresses: ['Board@shop.test', 'new@shop.test', 'new@shop.test'] },
    ],
  };
  expect(routesFor(twice, 'notice').map(({ audience, channel, recipient }) => [audience, channel, recipient ?? ''].join(' ').trim())).toEqual([
    'team chat', 'users status', 'stakeholders mail board@shop.test', 'stakeholders mail owner@shop.test', 'team other', 'team mail new@shop.test',
  ]);
});

test('a message has the same id when it is sent again, and another one for another recipient, channel, number, moment or deployment', () => {
  const one: Identity = { subject: SUBJECT, moment: 'rollback-update', number: 3, channel: 'mail', recipient: 'board@shop.test' };
  const others: Identity[] = [
    { ...one, recipient: 'owner@shop.test' }, { ...one, recipient: null }, { ...one, channel: 'mail-2' }, { ...one, number: 4 }, { ...one, moment: 'rollback-start' },
    { ...one, subject: { ...SUBJECT, deployment: 'd2' } }, { ...one, subject: { ...SUBJECT, app: 'shop_production', environment: '' } }, { ...one, subject: { ...SUBJECT, environment: 'staging' } }, { ...one, subject: { ...SUBJECT, holder: 'rollback-95e98be1' } },
    { ...one, channel: 'mail_board', recipient: '@shop.test' }, { ...one, recipient: 'board=40shop.test' },
  ];
  expect(messageKey({ ...one })).toBe(messageKey(one));
  expect(messageKey(one)).toBe('shop_production_20261122-020000-v2-0-0_rollback-update_3_mail_board=40shop=2Etest');
  expect(new Set([one, ...others].map(messageKey)).size).toBe(others.length + 1);
  for (const id of [one, ...others].map((identity) => messageId(messageKey(identity), 'deployments@shop.test'))) expect(id).toMatch(/^<[A-Za-z0-9=_-]+@shop\.test>$/);
  expect(messagesFor(telling('notice'), 1, SUBJECT, SETTINGS)).toEqual(messagesFor(telling('notice'), 1, SUBJECT, SETTINGS));
});

test('an alert that says again what was said last is held back and counted; another wait, and promised updates, are not [MN-31]', () => {
  const blocked = (at: string, number: number) => messagesFor({ ...telling('blocked'), at }, number, SUBJECT, SETTINGS);
  const first = withoutRepeats(NO_ALERTS, blocked(AT, 1));
  expect(first.send).toHaveLength(1);
  const again = withoutRepeats(first.alerts, blocked(AT, 2));
  expect(again.send).toEqual([]);
  expect(again.alerts).toMatchObject({ sent: 1, held: 1 });
  const later = withoutRepeats(again.alerts, blocked('2026-11-22T05:00:00.000Z', 3));
  expect(later.send).toHaveLength(1);
  expect(JSON.parse(JSON.stringify(later.alerts))).toEqual(later.alerts);
  const update = messagesFor(telling('rollback-update'), 1, SUBJECT, SETTINGS);
  expect(withoutRepeats(withoutRepeats(later.alerts, update).alerts, update).send).toEqual(update);
  const progress = (done: number) => messagesFor({ ...telling('progress'), at: `2026-11-22T02:0${done}:00Z`, done: Math.min(done, 5) } as never, done, SUBJECT, SETTINGS);
  const counted = [4, 5, 6].reduce((alerts, done) => withoutRepeats(alerts, progress(done)).alerts, NO_ALERTS);
  expect(counted).toMatchObject({ sent: 2, held: 1 });
});
