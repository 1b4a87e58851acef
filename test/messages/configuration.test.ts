import { expect, test } from 'vitest';
import { ConfigError, problemText } from '../../src/config/errors';
import { parseConfig } from '../../src/config/parse';
import { at, fullDocument, put, type Doc } from '../config/document';

type Change = [keys: (string | number)[], value: unknown];

function read(...changes: Change[]): { settings?: ReturnType<typeof parseConfig>['environments'][string]; problems: string[] } {
  const document = fullDocument();
  for (const [keys, value] of changes) put(document, ['messages', ...keys], value);
  try {
    return { settings: parseConfig(document, 'sternway.yml').environments['production'], problems: [] } as never;
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems.map(problemText) };
    throw error;
  }
}

test('messages may be left out, and what is left out of them has a default', () => {
  const document = fullDocument();
  delete document['messages'];
  expect(parseConfig(document, 'sternway.yml').environments['production']?.messages).toBeUndefined();
  const { settings } = read([['every'], undefined], [['product'], undefined], [['contacts'], undefined], [['channels', 3, 'email'], { host: 'smtp.shop.test', from: 'a@shop.test' }]);
  expect(settings?.messages).toMatchObject({ every: '2m', escalate: '15m', duration: { least: '30m', most: '45m' }, downtime: { least: '5m', most: '10m' }, channels: [{}, {}, {}, { email: { port: 587, tls: 'starttls' } }] });
});

test.each(['deployment_lead', 'operations_lead', 'security_lead'])('contacts without a %s, or without their name, telephone or mail address, are refused [NT-26]', (role) => {
  expect(read([['contacts', role], undefined]).problems).toEqual([`messages.contacts.${role}: is missing - add it, with name, phone, email`]);
  for (const field of ['name', 'phone', 'email']) expect(read([['contacts', role, field], undefined]).problems).toEqual([expect.stringContaining(`messages.contacts.${role}.${field}: is missing - add it, for example`)]);
});

test.each(['technical_director', 'infrastructure_manager', 'security_manager'])('contacts without a %s to go on to, or without their name, telephone or mail address, are refused [NT-25, NT-27]', (role) => {
  expect(read([['contacts', role], undefined]).problems).toEqual([`messages.contacts.${role}: is missing - add it, with name, phone, email`]);
  for (const field of ['name', 'phone', 'email']) expect(read([['contacts', role, field], undefined]).problems).toEqual([expect.stringContaining(`messages.contacts.${role}.${field}: is missing - add it, for example`)]);
});

test('contacts without the address of the team are refused [NT-28]', () => {
  expect(read([['contacts', 'team'], undefined]).problems).toEqual(['messages.contacts.team: is missing - add it, for example team: devops@example.org']);
});

const CHANNEL = { name: 'team-chat', slack: { url: { secret: 'SLACK_URL' } } };
const MAIL = ['channels', 3, 'email'];

test.each<[title: string, change: Change, sentence: string]>([
  ['a channel of two kinds', [['channels', 0], { ...CHANNEL, webhook: { secret: 'X', headers: {} } }], 'messages.channels[0]: must have one of slack, webhook and email (got several) - make each a channel of its own'],
  ['a channel of no kind', [['channels', 0], { name: 'team-chat' }], 'messages.channels[0]: must have one of slack, webhook and email (got none) - make each a channel of its own'],
  ['two channels of one name', [['channels', 4], CHANNEL], 'messages.channels[4].name: must be unique (got "team-chat" again) - give each channel a name of its own'],
  ['a webhook with two addresses', [['channels', 1, 'webhook', 'secret'], 'X'], 'messages.channels[1].webhook: must have either url or secret (got both) - add url: https://…, or the name of a secret that holds it'],
  ['a user without a password', [[...MAIL, 'password'], undefined], 'messages.channels[3].email: must have user and password, or neither (got user alone) - add the other, or leave both out'],
  ['a password without a user', [[...MAIL, 'user'], undefined], 'messages.channels[3].email: must have user and password, or neither (got password alone) - add the other, or leave both out'],
  ['a password in the clear', [[...MAIL, 'tls'], 'none'], 'messages.channels[3].email.tls: must be starttls or tls with a password, which anybody on the way could read (got none) - change it, or leave user and password out'],
  ['an unknown channel', [['to', 1, 'channel'], 'pagr'], 'messages.to[1].channel: must be one of channels (got pagr) - known here: team-chat, board, pager, mail'],
  ['e-mail to nobody', [['to', 3, 'addresses'], undefined], 'messages.to[3]: must have addresses: mail is e-mail (got none) - add addresses: [team@example.org]'],
  ['addresses in a chat', [['to', 0, 'addresses'], ['a@shop.test']], 'messages.to[0].addresses: must be left out: team-chat is no e-mail (got a list) - leave it out'],
  ['a span whose most is less than its least', [['downtime'], { least: '10m', most: '5m' }], 'messages.downtime.most: must not be shorter than least (got 5m, least is 10m) - give the longer time'],
  ['a moment that is not for users', [['to', 2, 'moments'], ['done', 'blocked']], 'messages.to[2].moments[1]: must be a moment with something to tell users (got blocked) - leave it out, or tell the team'],
  ['a moment named twice', [['to', 1, 'moments'], ['blocked', 'blocked']], 'messages.to[1].moments[1]: must be named once (got blocked again) - leave one of them out'],
  ['a second header in a mail address', [['to', 3, 'addresses', 0], 'a@shop.test\nBcc: all@shop.test'], 'messages.to[3].addresses[0]: must be a mail address, without a name (got "a@shop.test\\nBcc: all@shop.test") - for example team@example.org'],
])('refuses %s', (_, change, sentence) => {
  expect(read(change).problems).toEqual([sentence]);
});

test.each<[title: string, keys: (string | number)[], value: unknown]>([
  ["Slack's address", ['channels', 0, 'slack', 'url'], 'https://hooks.slack.test/services/T0/B0/hunter2'],
  ["Slack's address as a name", ['channels', 0, 'slack', 'url', 'secret'], 'https://hooks.slack.test/services/T0/B0/hunter2'],
  ['a password', ['channels', 3, 'email', 'password'], 'hunter2'],
  ['a password in an address', ['channels', 1, 'webhook', 'url'], 'https://me:hunter2@hooks.shop.test/'],
  ['a token of two lines', ['channels', 1, 'webhook', 'headers', 'X-Board'], 'hunter2\nX-Other: 1'],
])('%s in place of the name of a secret is refused and not repeated', (_, keys, value) => {
  const { problems } = read([keys, value]);
  expect(problems).toHaveLength(1);
  expect(problems[0]).not.toContain('hunter2');
});

test('the whole document tells every audience and has every kind of channel', () => {
  const channels = at(fullDocument(), ['messages', 'channels']) as Doc[];
  expect(new Set(channels.flatMap((channel) => Object.keys(channel)))).toEqual(new Set(['name', 'slack', 'webhook', 'email']));
});
