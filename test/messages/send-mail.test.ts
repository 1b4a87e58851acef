import { expect, test } from 'vitest';
import { sendMessage, type Delivery, type Sending } from '../../src/activities/messages';
import type { MessagesSettings } from '../../src/config/schema';
import { UserError } from '../../src/config/user-error';
import { messagesFor, type Message } from '../../src/messages/routes';
import { closedPort, tcp } from '../probes/support/servers';
import { message, SETTINGS, SUBJECT, telling } from './support/known';
import { certificate, smtp } from './support/smtp';

type Email = NonNullable<MessagesSettings['channels'][number]['email']>;
const PASSWORD = 'hunter2-of-mail';

const mail = (over: Partial<Message> = {}) => message({ channel: 'mail', recipient: 'board@shop.test', key: 'shop_production_d1_done_1_mail_board=40shop=2Etest', ...over });

function send(port: number, one: Message = mail(), email: Partial<Email> = {}, sending: Sending = { limit: 20_000 }, secret: (name: string) => string = () => PASSWORD): Promise<Delivery> {
  const settings = { ...SETTINGS, channels: [{ name: 'mail', email: { host: '127.0.0.1', port, tls: 'none' as const, from: 'deployments@shop.test', ...email } }] };
  return sendMessage(one, settings, secret, sending);
}

const failed = (why: string | RegExp) => ({ delivered: false, why: typeof why === 'string' ? why : (expect.stringMatching(why) as string) });

test('a mail arrives with subject, id, sender, recipient and its text, letter for letter', async () => {
  const server = await smtp();
  const text = 'Grüße ✓ 版本 v2.0.0\n\n.a line with a dot first\nhttps://reports.shop.test/' + 'x'.repeat(300);
  expect(await send(server.port, mail({ subject: 'ROLLBACK COMPLETE – Größe', text }))).toEqual({ delivered: true, word: '250 2.0.0 taken' });
  const read = await server.next();
  expect(read).toMatchObject({ from: 'deployments@shop.test', to: ['board@shop.test'], type: 'text/plain', tls: false, login: null });
  expect(read.headers).toMatchObject({
    subject: 'ROLLBACK COMPLETE – Größe', from: 'deployments@shop.test', to: 'board@shop.test', 'auto-submitted': 'auto-generated',
    'message-id': '<shop_production_d1_done_1_mail_board=40shop=2Etest@shop.test>',
  });
  expect(read.text.trimEnd()).toBe(text);
});

test('the same mail sent again has the same Message-ID, that to another recipient has another', async () => {
  const server = await smtp();
  const both = messagesFor(telling('rollback-start'), 1, SUBJECT, SETTINGS).filter(({ channel }) => channel === 'mail');
  const ids: (string | undefined)[] = [];
  for (const one of [...both, ...both]) {
    expect(await send(server.port, one)).toMatchObject({ delivered: true });
    ids.push((await server.next()).headers['message-id']);
  }
  expect(ids.slice(2)).toEqual(ids.slice(0, 2));
  expect(new Set(ids).size).toBe(2);
});

test('a test alert is sent, and its arrival told by the server and read back from it [MN-30]', async () => {
  const server = await smtp();
  const settings = { ...SETTINGS, to: [{ audience: 'team' as const, channel: 'mail', addresses: ['team@shop.test'] }] };
  const [alert] = messagesFor(telling('test-alert'), 1, SUBJECT, settings);
  expect(await send(server.port, alert)).toEqual({ delivered: true, word: '250 2.0.0 taken' });
  expect(await server.next()).toMatchObject({ to: ['team@shop.test'], headers: { subject: 'TEST ALERT - Production deployment v2.0.0' }, text: expect.stringContaining('This is a test. Nothing is wrong.') as string });
});

test.each(['starttls', 'tls'] as const)('with %s the login and the mail go over TLS that holds by its authority, and no other', async (tls) => {
  const { cert, key, ca } = certificate();
  const server = await smtp('--cert', cert, '--key', key, '--user', 'shop', '--password', PASSWORD, ...(tls === 'tls' ? ['--implicit'] : []));
  const login = { tls, user: 'shop', password: { secret: 'SMTP_PASSWORD' } };
  expect(await send(server.port, mail(), login)).toEqual(failed(/^mail: .*: self-signed certificate$/));
  expect(await send(server.port, mail(), login, { ca: certificate().ca })).toEqual(failed(/^mail: .*: self-signed certificate$/));
  expect(await send(server.port, mail(), login, { ca })).toEqual({ delivered: true, word: '250 2.0.0 taken' });
  expect(await server.next()).toMatchObject({ tls: true, login: 'shop' });
});

test('a wrong password is told without the password', async () => {
  const { cert, key, ca } = certificate();
  const server = await smtp('--cert', cert, '--key', key, '--user', 'shop', '--password', 'another');
  const told = await send(server.port, mail(), { tls: 'starttls', user: 'shop', password: { secret: 'SMTP_PASSWORD' } }, { ca });
  expect(told).toEqual(failed(/^mail: the mail server refused the login: 535 /));
  expect(JSON.stringify(told)).not.toContain(PASSWORD);
});

test('with starttls a server without TLS gets neither login nor mail', async () => {
  const server = await smtp();
  expect(await send(server.port, mail(), { tls: 'starttls' })).toEqual(failed(/^mail: no TLS with the mail server/));
  const heard: string[] = [];
  const port = await tcp((socket) => {
    socket.write('220 plain\r\n');
    socket.on('data', (chunk) => {
      heard.push(chunk.toString());
      socket.write(/^EHLO/.test(chunk.toString()) ? '250-plain\r\n250 AUTH PLAIN LOGIN\r\n' : '502 no\r\n');
    });
  });
  expect(await send(port, mail(), { tls: 'starttls', user: 'shop', password: { secret: 'SMTP_PASSWORD' } })).toMatchObject({ delivered: false });
  expect(heard.join('')).not.toMatch(/AUTH|MAIL FROM/);
});

test('a refused recipient is told in the words of the server', async () => {
  const server = await smtp('--refuse', 'board@shop.test');
  expect(await send(server.port)).toEqual(failed(/^mail: the mail server refused sender or recipient: 550 5\.1\.1 no such mailbox here$/));
});

test('a server that is gone, also between two mails, is one sentence', async () => {
  expect(await send(await closedPort())).toEqual(failed(/^mail: the mail server cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:\d+$/));
  const server = await smtp();
  expect(await send(server.port)).toMatchObject({ delivered: true });
  await server.gone();
  expect(await send(server.port)).toEqual(failed(/^mail: the mail server cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:\d+$/));
});

test('a server that stalls, at its greeting, after the mail, or by an answer without end, is left when the time is over', async () => {
  const closed = { count: 0 };
  const silent = await tcp((socket) => void socket.on('close', () => closed.count++));
  const trickling = await tcp((socket) => {
    socket.write('220 mail.test\r\n');
    const drip = setInterval(() => socket.write('250-and one more\r\n'), 20);
    socket.on('close', () => {
      clearInterval(drip);
      closed.count++;
    });
  });
  const stalled = (await smtp('--stall')).port;
  for (const port of [silent, trickling, stalled]) {
    const began = performance.now();
    expect(await send(port, mail(), {}, { limit: 700 })).toEqual(failed(/^mail: the mail server did not answer (with)?in/));
    expect(performance.now() - began).toBeLessThan(10_000);
  }
  await expect.poll(() => closed.count).toBe(2);
});

test('garbage in place of SMTP, and a server that hangs up, are one sentence each', async () => {
  for (const talk of ['HTTP/1.1 400 Bad Request\r\n\r\n\u001b[2J', '']) {
    const told = await send(await tcp((socket) => socket.end(talk)));
    expect(told).toEqual(failed(/^mail: [^\p{Cc}]+$/u));
  }
});

test.each(['shop', 'shop1', 'shop12'])('a server that repeats the password, plain or as it was sent with the login %s, does not get it into the sentence', async (user) => {
  const sent = Buffer.from(`\0${user}\0${PASSWORD}`).toString('base64');
  const port = await tcp((socket) => {
    socket.write('220 echo\r\n');
    socket.on('data', (chunk) => socket.write(/^EHLO/.test(chunk.toString()) ? '250-echo\r\n250 AUTH PLAIN\r\n' : `535 not ${sent} nor ${PASSWORD}\r\n`));
  });
  const told = await send(port, mail(), { user, password: { secret: 'SMTP_PASSWORD' } });
  expect(told).toEqual(failed(/^mail: the mail server refused the login: 535 not \S*\[secret\]\S* nor \[secret\]$/));
  const left = JSON.stringify(told).match(/not (\S*)\[secret\](\S*) nor/) ?? [];
  expect(left.slice(1).join('').length).toBeLessThan(16);
});

test('a secret that is missing, a channel that is not configured and a mail to nobody are told and never thrown', async () => {
  const missing = () => {
    throw new UserError('there is no secret SMTP_PASSWORD for production');
  };
  expect(await send(1, mail(), { user: 'shop', password: { secret: 'SMTP_PASSWORD' } }, {}, missing)).toEqual(failed('mail: there is no secret SMTP_PASSWORD for production'));
  expect(await send(1, mail({ channel: 'gone' }))).toEqual(failed("gone: it is not in the worker's own sternway.yml"));
  expect(await send(1, mail({ recipient: null }))).toEqual(failed('mail: a mail needs a recipient'));
});
