/** Whom to tell what, over which channels, and whom to call. */
import { z } from 'zod';
import { DEFAULTS } from '../defaults';
import { AUDIENCES, concerns, MOMENTS } from '../moments';
import { milliseconds } from '../units';
import { unique } from './app';
import { contacts, mailAddress } from './contacts';
import { describe, rule, section } from './field';
import { secretReference } from './probe-request';
import { address, line, plainName, variableName } from './text';
import { choice, duration, integer } from './values';

const hiddenReference = (doc: string, name: string) => describe(secretReference(doc), { hidden: true, example: `{ secret: ${name} }` });

const slack = section('A channel of Slack.', {
  url: describe(hiddenReference('The address of the incoming webhook: whoever has it may post, so it is a secret.', 'SLACK_URL'), { doc: 'The address of the incoming webhook, a secret by name.' }),
});

const headerName = describe(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_|~-]+$/), { expects: 'the name of an HTTP header', example: 'Authorization' });
const headerValue = describe(z.union([line({}), secretReference('A secret.')]), { expects: 'a line of text or { secret: NAME }', hidden: true, example: '{ secret: HOOK_TOKEN }' });
const webhookFields = section('Any other service: each message is posted as JSON, with an `Idempotency-Key` that stays the same when it is sent again. Redirects are not followed.', {
  url: describe(z.string().regex(/^https?:\/\/[A-Za-z0-9.:[\]-]+(\/[^\s"'`\\@]*)?$/), {
    doc: 'Its address. This or `secret`.', expects: 'an address beginning with https:// or http://, without a password', example: 'https://hooks.example.org/deployments', hidden: true,
  }).optional(),
  secret: describe(variableName('HOOK_URL'), { doc: 'Name of the secret that is its address. This or `url`.' }).optional(),
  headers: describe(z.record(headerName, headerValue), { doc: 'Headers that are sent along.', example: '{ Authorization: { secret: HOOK_TOKEN } }' }).prefault({}),
});

const webhook = rule(webhookFields, ['url', 'secret'], ({ url, secret }, report) => {
  if ((url === undefined) === (secret === undefined)) report([], `must have either url or secret (got ${url === undefined ? 'neither' : 'both'})`, 'add url: https://…, or the name of a secret that holds it');
});

const emailFields = section('E-mail by SMTP, one mail for each recipient.', {
  host: describe(address('smtp.example.org'), { doc: 'The mail server.' }),
  port: describe(integer(1, 65535, '587'), { doc: 'Its port; often 465 with `tls: tls`.' }).prefault(DEFAULTS.messages.port),
  tls: describe(choice(['starttls', 'tls', 'none']), { doc: '`starttls`: begins in the clear and must change to TLS; `tls`: from the first byte; `none`: never, and so without a password.' }).prefault(DEFAULTS.messages.tls),
  user: describe(line({ expects: 'the name of a mail account', example: 'deployments' }), { doc: 'Whom to log in as; with `password`.' }).optional(),
  password: describe(hiddenReference('The password of the mail account.', 'SMTP_PASSWORD'), { doc: 'The password, a secret by name; with `user`.' }).optional(),
  from: describe(mailAddress('deployments@example.org'), { doc: 'The sender.' }),
});

const email = rule(emailFields, ['tls', 'user', 'password'], ({ tls, user, password }, report) => {
  if ((user === undefined) !== (password === undefined)) report([], `must have user and password, or neither (got ${user === undefined ? 'password' : 'user'} alone)`, 'add the other, or leave both out');
  else if (tls === 'none' && password !== undefined) report(['tls'], 'must be starttls or tls with a password, which anybody on the way could read (got none)', 'change it, or leave user and password out');
});

const channel = rule(
  section('A way to reach people: one of `slack`, `webhook`, `email`.', {
    name: describe(plainName('team-chat'), { doc: 'Its name, for `to`.' }),
    slack: slack.optional(),
    webhook: webhook.optional(),
    email: email.optional(),
  }),
  ['slack', 'webhook', 'email'],
  (value, report) => {
    const given = [value.slack, value.webhook, value.email].filter((kind) => kind !== undefined).length;
    if (given !== 1) report([], `must have one of slack, webhook and email (got ${given === 0 ? 'none' : 'several'})`, 'make each a channel of its own');
  },
);

const routeFields = section('Who is told over which channel.', {
  audience: describe(choice(AUDIENCES), { doc: 'Whose words are used: users are told nothing of hosts, commands and causes.' }),
  channel: describe(plainName('team-chat'), { doc: 'One of `channels`.' }),
  addresses: describe(z.array(mailAddress('team@example.org')).min(1), { doc: 'The recipients; for e-mail.', expects: 'a list of at least one mail address', example: '[team@example.org]' }).optional(),
  moments: describe(z.array(choice(MOMENTS)).min(1), { doc: 'When. Default: every moment that concerns the audience.', expects: `a list of at least one of ${MOMENTS.join(', ')}`, example: '[notice, done]' }).optional(),
});

const route = rule(routeFields, ['audience', 'moments'], ({ audience, moments = [] }, report) => {
  moments.forEach((moment, index) => {
    if (moments.indexOf(moment) < index) report(['moments', index], `must be named once (got ${moment} again)`, 'leave one of them out');
    else if (!concerns(moment, audience)) report(['moments', index], `must be a moment with something to tell ${audience} (got ${moment})`, 'leave it out, or tell the team');
  });
});

/** Read by people, who are told `30-45 minutes`. */
const span = (doc: string) =>
  rule(section(doc, { least: describe(duration('0s', '7d'), { doc: 'As a rule not less.' }), most: describe(duration('1s', '7d'), { doc: 'As a rule not more.' }) }), ['least', 'most'], ({ least, most }, report) => {
    if (milliseconds(most) < milliseconds(least)) report(['most'], `must not be shorter than least (got ${most}, least is ${least})`, 'give the longer time');
  });

const fields = section('Messages to people. Without the section nobody is told.', {
  product: describe(line({ expects: 'the name of the product', example: 'Shop' }), { doc: 'The name that people know, in subjects. Default: `app`.' }).optional(),
  channels: describe(z.array(channel).min(1), { doc: 'How people are reached.', expects: 'a list of at least one channel', example: '[{ name: team-chat, slack: { url: { secret: SLACK_URL } } }]' }),
  to: describe(z.array(route).min(1), { doc: 'Who is told. Who would get the same twice gets it once, by the first entry.', expects: 'a list of at least one entry', example: '[{ audience: team, channel: team-chat }]' }),
  contacts: contacts.optional(),
  every: describe(duration('100ms', '1h'), { doc: 'Time between updates during a rollback.' }).prefault(DEFAULTS.messages.every),
  escalate: describe(duration('1s', '1d'), { doc: 'How long one of `contacts` has for `sternway ack` before the next role is mailed, when a run waits for a person or goes back. Needs a channel for e-mail.' }).prefault(DEFAULTS.messages.escalate),
  duration: span('How long a deployment takes, as people are told. One that takes longer than the most is told to be delayed.').prefault(DEFAULTS.messages.duration),
  downtime: span('How long the site is closed, as people are told; of a deployment that closes it.').prefault(DEFAULTS.messages.downtime),
});

export const messages = rule(fields, ['channels', 'to'], ({ channels, to }, report) => {
  unique(channels, (path, ...rest) => report(['channels', ...path], ...rest), 'channel');
  to.forEach(({ channel: name, addresses }, index) => {
    const meant = channels.find((one) => one.name === name);
    if (meant === undefined) report(['to', index, 'channel'], `must be one of channels (got ${name})`, `known here: ${channels.map((one) => one.name).join(', ')}`);
    else if (meant.email !== undefined && addresses === undefined) report(['to', index], `must have addresses: ${name} is e-mail (got none)`, 'add addresses: [team@example.org]');
    else if (meant.email === undefined && addresses !== undefined) report(['to', index, 'addresses'], `must be left out: ${name} is no e-mail (got a list)`, 'leave it out');
  });
});
