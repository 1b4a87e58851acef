// A deployment that fails on a real host, told by real mail and a real webhook: in order, once more under the same name after a lost worker, and a dead mail server costs nothing.
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Runs } from '../../src/events/runs';
import type { Event } from '../../src/events/events';
import { commandLine } from '../../src/report/shell';
import { textReport } from '../../src/report/text';
import { temporary } from '../commands/support/run';
import { smtp, type Mail } from '../messages/support/smtp';
import { CONTACTS } from '../messages/support/known';
import { webhook } from '../messages/support/webhook';
import { closedPort } from '../probes/support/servers';
import { deploy, ended, raiseStage, remember, rollback, start, startWorker, until } from './stage';

/** Mails as they come, for ever. */
function collect(next: () => Promise<Mail>): Mail[] {
  const mails: Mail[] = [];
  void (async () => {
    for (;;) mails.push(await next());
  })().catch(() => undefined);
  return mails;
}

const MAIL = { host: '127.0.0.1', tls: 'none', from: 'deployments@shop.test' };

test('a deployment that is taken back is told by mail and webhook, in order and with updates; sent again after a killed worker a message has the same name; a dead mail server fails nothing and is shown; the report is kept [MN-29, MN-30, NT-14, NT-17, NT-18, NT-21, NT-22, NT-25, IR-01, IR-04]', { timeout: 300_000 }, async () => {
  const [{ port, next }, { url, posts }, dead] = await Promise.all([smtp(), webhook(), closedPort()]);
  const mails = collect(next);
  const [reports, points] = [join(temporary(), 'reports'), temporary()];
  const stage = await raiseStage('messages', {
    worker: false,
    change: (config) => {
      config['reports'] = { directory: reports };
      config['messages'] = {
        channels: [{ name: 'mail', email: { ...MAIL, port } }, { name: 'hook', webhook: { url } }, { name: 'dead', email: { ...MAIL, port: dead } }],
        to: [{ audience: 'team', channel: 'hook' }, { audience: 'team', channel: 'mail', addresses: ['team@shop.test'], moments: ['test-alert', 'rollback-complete'] }, { audience: 'stakeholders', channel: 'dead', addresses: ['board@shop.test'] }],
        contacts: CONTACTS, every: '300ms',
      };
    },
  });
  onTestFinished(() => stage.remove(), 120_000);
  // The first message is taken by both servers, and then the worker is gone before it could say so.
  for (const folder of ['armed', 'reached']) mkdirSync(join(points, folder));
  writeFileSync(join(points, 'armed', 'after tell'), 'kill');
  process.env['STERNWAY_FAILPOINTS'] = points;
  const first = await startWorker(stage);
  delete process.env['STERNWAY_FAILPOINTS'];
  const gone = once(first, 'exit');
  const differs = await remember(stage);
  const handle = await start(stage, 'v1.5.0-answers-500');
  await gone;
  const second = await startWorker(stage);
  onTestFinished(() => void second.kill('SIGTERM'));
  const result = await ended(handle);
  expect(result).toMatchObject({ type: 'RolledBack', outcome: 'rolled-back', cause: 'failure' });
  expect(await differs()).toBe('');

  const moments = posts.map(({ moment }) => moment).filter((moment) => !['progress', 'escalation'].includes(moment));
  const updates = moments.filter((moment) => moment === 'rollback-update').length;
  expect(updates).toBeGreaterThan(0);
  expect(moments).toEqual(['test-alert', 'test-alert', 'start', 'rollback-start', ...Array<string>(updates).fill('rollback-update'), 'rollback-complete']);
  expect(posts[0]?.key).toBe(posts[1]?.key);
  expect(new Set(posts.map(({ key }) => key)).size).toBe(posts.length - 1);
  const told = (moment: string): string => posts.find((post) => post.moment === moment)?.text ?? '';
  expect(told('rollback-start')).toMatch(/^ROLLBACK INITIATED - Production deployment v1\.5\.0-answers-500\n\nReason: .*status 500 instead of 200\nETA: \d+ (seconds?|minutes?)\nStarted by: Sternway, by its plan\nStatus updates every 1 second\n/);
  expect(told('rollback-complete')).toMatch(/^ROLLBACK COMPLETE - Production stable on v1\.0\.0\n\nServices verified healthy\n/);

  await until('the last mail', () => Promise.resolve(mails.some(({ headers }) => headers['subject']?.startsWith('ROLLBACK COMPLETE'))));
  const to = (address: string): Mail[] => mails.filter((mail) => mail.to.includes(address));
  expect(to('team@shop.test').map(({ headers }) => headers['subject']?.replace(/ -.*/, ''))).toEqual(['TEST ALERT', 'TEST ALERT', 'ROLLBACK COMPLETE']);
  expect(to('team@shop.test')[0]?.headers['message-id']).toBe(to('team@shop.test')[1]?.headers['message-id']);
  // Ada is on call; it was over before anybody else had to be asked.
  expect(to('ada@shop.test').map(({ headers }) => headers['subject'])).toEqual(['SOMEBODY IS NEEDED - Production deployment v1.5.0-answers-500']);
  expect(mails.flatMap((mail) => mail.to).filter((address) => !['team@shop.test', 'ada@shop.test'].includes(address))).toEqual([]);

  const file = join(reports, `shop-production-${result.deployment}.md`);
  expect(told('rollback-complete')).toContain(`Incident report: ${file.replace(/md$/, 'html')}`);
  const kept = readFileSync(file, 'utf8');
  expect(kept).toContain('# Incident report: deployment of v1.5.0-answers-500 to shop/production');
  expect(kept).toMatch(/\| rollback complete \| board@shop\.test .*dead.* \| NO: dead: /);
  expect(kept).toContain('Edith');
  expect(readFileSync(file.replace(/md$/, 'html'), 'utf8')).toContain('<svg');

  const events: Event[] = [];
  for await (const event of new Runs(stage.client).follow({ app: 'shop', environment: 'production', run: (await handle.describe()).runId }, { wait: false })) events.push(event);
  const text = textReport(events, commandLine());
  expect(text).toContain('told of test alert: team (hook), team@shop.test (mail)');
  expect(text.replace(/\s+/g, ' ')).toMatch(/NOT told of rollback start: board@shop\.test \(dead\): dead: the mail server cannot be reached/);
  expect(text.replace(/\s+/g, ' ')).toContain(`kept at ${file.slice(0, 30)}`);

  // A rollback later of the same deployment's successor is told under names of its own.
  expect(await deploy(stage, 'v1.1.0')).toMatchObject({ outcome: 'deployed' });
  expect(await rollback(stage)).toMatchObject({ outcome: 'rolled-back' });
  expect(new Set(posts.map(({ key }) => key)).size).toBe(posts.length - 1);
  expect(posts.at(-1)?.moment).toBe('rollback-complete');
});
