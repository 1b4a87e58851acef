// What the command line shows of a bake, and how it is answered: the real program, a real server, scripted figures.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { bake as schema } from '../../src/config/schema/bake';
import { PEOPLE } from '../workflows/support/people';
import { useTemporal } from '../workflows/support/use-temporal';
import { jsonLines } from './support/cli';
import { Shop } from './support/shop';

const temporal = useTemporal();
vi.setConfig({ maxConcurrency: 3, testTimeout: 300_000 });

/** A shop whose release is looked at every two seconds for an hour; Temporal's timers are no more exact than a second. */
function watched(app: string): Shop {
  const shop = new Shop(temporal, app);
  shop.mayStay.add('07-migrate');
  shop.policy = { ...shop.policy, bake: { every: 2000, watch: [3_600_000, 7_200_000] } };
  shop.bake = schema.parse({ watch: ['1h', '2h'], every: '2s', thresholds: [{ name: 'error-rate', metric: 'errors', accept: '1%', rollback: '10%', for: '4s' }], sources: [{ name: 'errors', prometheus: { url: 'http://127.0.0.1:9090', query: 'x' } }] });
  return shop;
}

/** When `sternway status` says so. */
async function says(shop: Shop, words: RegExp): Promise<string> {
  for (;;) {
    const { code, out } = await shop.sternway('status');
    expect(code).toBe(0);
    if (words.test(out)) return out;
  }
}

describe.concurrent('a bake', () => {
  test('is shown by status with its stage, its end and what each threshold says, and waits for nobody [MN-25]', async () => {
    const shop = watched('cli-watched');
    shop.figure = () => 0.004;
    await shop.sternway('deploy', 'v2');
    const out = await says(shop, /as of/);
    expect(out).toMatch(/running +nothing\n/);
    expect(out).toMatch(/watched +v2 \(\d{8}-\d{6}-v2\), stage 1 of 2, until /);
    expect(out).toContain('error-rate: 0.4%, within 1%');
    expect(out).not.toContain('HOLD');
    const [json] = jsonLines((await shop.sternway('status', '--json')).out);
    expect(json).toMatchObject({ type: 'status', running: null, bake: { release: 'v2', stage: 1, stages: 2, holding: null, said: ['error-rate: 0.4%, within 1%'] } });
    expect(await shop.sternway('decide', 'bake', 'continue', '--reason', 'x')).toMatchObject({ code: 12, err: expect.stringContaining('the bake of v2 on cli-watched/production is not waiting for a decision') as string });
    await temporal.client.workflow.getHandle('cli-watched/production/bake').terminate();
  });

  test('that holds is what sternway ack answers where nothing else runs: nobody else is asked [NT-25]', async () => {
    const shop = watched('cli-seen-to');
    shop.policy = { ...shop.policy, messages: { ...PEOPLE, roles: ['on_call', 'operations_lead'] } };
    shop.figure = () => 0.05;
    await shop.sternway('deploy', 'v2');
    await says(shop, /HOLD/);
    expect(await shop.sternway('ack', '--by', 'ada', '--reason', 'on my way')).toMatchObject({ code: 0, err: '', out: expect.stringContaining('noted: ada sees to it') as string });
    await shop.sternway('decide', 'bake', 'continue', '--reason', 'a known customer');
    await says(shop, /^(?![\s\S]*HOLD)/);
    expect(await shop.sternway('ack')).toMatchObject({ code: 12, err: expect.stringContaining('nobody is waited for') as string });
    expect(shop.told.flatMap((telling) => (telling.moment === 'escalation' ? [telling.role] : []))).toEqual(['on_call']);
    await temporal.client.workflow.getHandle('cli-seen-to/production/bake').terminate();
  });

  test('that holds is shown with what it asks and its answers, and is answered; the environment stays free [RT-11, A-32]', async () => {
    const shop = watched('cli-holds');
    shop.figure = () => 0.05;
    await shop.sternway('deploy', 'v2');
    const out = await says(shop, /HOLD/);
    expect(out).toMatch(/running +nothing\n/);
    expect(out.replace(/\s+/g, ' ')).toContain('error-rate: 5%, beyond 1% whenever it was read');
    expect(out).toContain('sternway decide bake continue --reason WHY');
    expect(out).toContain('sternway decide bake rollback --reason WHY');
    expect(await shop.sternway('decide', 'bake', 'continue', '--reason', 'a known customer', '--by', 'ada')).toMatchObject({ code: 0, out: 'bake: continue; sternway status shows what comes of it\n' });
    await says(shop, /^(?![\s\S]*HOLD)/);
    await temporal.client.workflow.getHandle('cli-holds/production/bake').terminate();
  });

  test('that takes its release back has its figures in both reports, with the lines they were held against [RT-10, MN-27]', async () => {
    const shop = watched('cli-back');
    shop.figure = (seconds) => (seconds < 3 ? 0.002 : 0.33);
    const { out } = await shop.sternway('deploy', 'v2');
    const [deployment = ''] = /\d{8}-\d{6}-v2/.exec(out) ?? [];
    await temporal.client.workflow.getHandle('cli-back/production/bake').result();
    for (const which of [[], [deployment]]) {
      const file = join(shop.cwd, `report${which.length}.html`);
      expect(await shop.sternway('report', ...which, '--format', 'html', '--out', file)).toMatchObject({ code: 0 });
      const html = readFileSync(file, 'utf8');
      expect(html).toContain('errors over time');
      for (const words of ['ask: above 1 %', 'roll back: above 10 %', 'before: 0 %', '◆ switch', '◀ way back begins']) expect(html).toContain(words);
      expect(html).toMatch(/\d+ readings from 0 % to 33 %/);
    }
    expect((await shop.sternway('history')).out).toContain('by bake: error-rate: 33%, beyond 10% without a break for 4s');
  });

  test('is not taken for a task of a run, nor the other way round', async () => {
    const shop = watched('cli-mixed');
    expect(await shop.sternway('decide', 'bake', 'retry', '--reason', 'x')).toMatchObject({ code: 2, err: expect.stringContaining('the bake takes continue, extend or rollback, not retry') as string });
    expect(await shop.sternway('decide', '07-migrate@web-1', 'continue', '--reason', 'x')).toMatchObject({ code: 2, err: expect.stringContaining('continue is an answer to the bake alone') as string });
    expect(await shop.sternway('decide', 'bake', 'extend', '--reason', 'x')).toMatchObject({ code: 12, err: expect.stringContaining('nothing is watched on cli-mixed/production') as string });
  });
});
