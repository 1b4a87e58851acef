import { expect, test } from 'vitest';
import { rolesToAsk } from '../../src/messages/people';
import { messagesFor } from '../../src/messages/routes';
import { CONTACTS, SETTINGS, SUBJECT, telling } from './support/known';

const escalation = (role: 'technical_director' | null) => ({ ...telling('escalation'), role, next: role === null ? null : 900 }) as ReturnType<typeof telling>;

test('whoever is asked by role gets a mail of their own, and the team reads along; users and stakeholders hear nothing of it [NT-25]', () => {
  const sent = messagesFor(escalation('technical_director'), 3, SUBJECT, SETTINGS);
  expect(sent.map(({ audience, channel, recipient, number }) => [audience, channel, recipient, number])).toEqual([['team', 'mail', 'edith@shop.test', 3], ['team', 'chat', null, 3]]);
  expect(sent[0]?.subject).toBe('SOMEBODY IS NEEDED - Production deployment v2.0.0');
  expect(sent[0]?.text).toContain('Asked now: the technical director, Edith\nWithout an answer the next is asked in 15 minutes.\nSay that you see to it: sternway decide ack');
});

test('one who reads along by mail as well gets it once', () => {
  const settings = { ...SETTINGS, to: [{ audience: 'team' as const, channel: 'mail', addresses: ['Edith@shop.test', 'frances@shop.test'] }] };
  expect(messagesFor(escalation('technical_director'), 1, SUBJECT, settings).map(({ recipient }) => recipient)).toEqual(['edith@shop.test', 'frances@shop.test']);
});

test('when all were asked, only the team is told, with whom to call [NT-25, NT-26, NT-27]', () => {
  const [said, ...more] = messagesFor(escalation(null), 6, SUBJECT, SETTINGS);
  expect([said?.recipient, said?.subject, more]).toEqual([null, 'NOBODY HAS ANSWERED - Production deployment v2.0.0', []]);
  expect(said?.text).toMatch(/nobody has answered\.\n(.*\n)*Deployment lead: Barbara - \+44 20 7946 0000, barbara@shop\.test\n(.*\n)*Security manager: Grace/);
});

test('roles are asked in order; nobody is asked twice, and nobody without contacts or a channel for mail [NT-25]', () => {
  expect(rolesToAsk(SETTINGS)).toEqual(['on_call', 'deployment_lead', 'operations_lead', 'technical_director', 'infrastructure_manager']);
  const { on_call: _, ...without } = CONTACTS;
  expect(rolesToAsk({ ...SETTINGS, contacts: { ...without, technical_director: { ...CONTACTS.technical_director, email: 'BARBARA@shop.test' } } })).toEqual(['deployment_lead', 'operations_lead', 'infrastructure_manager']);
  expect(rolesToAsk({ channels: SETTINGS.channels, contacts: undefined })).toEqual([]);
  expect(rolesToAsk({ ...SETTINGS, channels: SETTINGS.channels.filter(({ email }) => email === undefined) })).toEqual([]);
});
