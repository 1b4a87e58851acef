// Somebody says that they see to it: by the real command, on a real Temporal server; only the hosts are fakes.
import { expect, test, vi } from 'vitest';
import { PEOPLE } from '../workflows/support/site';
import { useTemporal } from '../workflows/support/use-temporal';
import { jsonLines } from './support/cli';
import { Shop } from './support/shop';

const temporal = useTemporal();
vi.setConfig({ testTimeout: 300_000 });

const TASK = '08-switch-release@web-1';

test('sternway ack keeps others from being called; status and report say who sees to it, and status before it that nobody does [NT-25]', async () => {
  const shop = new Shop(temporal, 'cli-ack');
  shop.policy = { ...shop.policy, messages: { ...PEOPLE, roles: ['on_call', 'operations_lead'] } };
  shop.tells = [{ key: 'k', audience: 'team', channel: 'mail', recipient: 'ada@shop.test', delivered: true, word: 'ok' }];
  shop.fail('forward 09-start-the-app@web-2');
  shop.fail(`undo ${TASK}`, 1, 'no way back');
  expect((await shop.sternway('deploy', 'v2')).code).toBe(11);
  const before = await shop.sternway('status');
  expect(before.out.replace(/\s+/g, ' ')).toMatch(/told of escalation: ada@shop\.test \(mail\), .* ago; nobody has answered sternway ack/);
  expect(await shop.sternway('ack', '--by', 'ada', '--reason', 'on my way')).toMatchObject({ code: 0, err: '', out: 'noted: ada sees to it, and nobody else is called; sternway status says what is waited for\n' });
  expect((await shop.sternway('status')).out).toContain('ada sees to it: on my way');
  expect(jsonLines((await shop.sternway('ack', '--json', '--by', 'eve')).out)).toEqual([{ v: 1, type: 'acknowledged', by: 'eve', reason: '' }]);
  await shop.sternway('decide', TASK, 'retry', '--reason', 'mended');
  const { code, out } = await shop.sternway('follow');
  expect(code).toBe(10);
  expect(out).toMatch(/answer +ada sees to it: on my way\n/);
  expect((await shop.sternway('report')).out.replace(/\s+/g, ' ')).toContain('ada sees to it: on my way');
  expect(shop.told.flatMap((telling) => (telling.moment === 'escalation' ? [telling.role] : []))).toEqual(['on_call']);
  const none = await shop.sternway('ack');
  expect(none).toMatchObject({ code: 12, out: '', err: 'sternway: nothing runs on cli-ack/production, so nobody is waited for; sternway status\n' });
});
