// A release that is verified and turns bad under load, on a real host: its bake takes it back by itself, and the report shows it.
import { request } from 'node:https';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Runs } from '../../src/events/runs';
import { besideOf } from '../../src/temporal/names';
import type { BakeResult } from '../../src/workflows/outcome';
import { Cli } from '../cli/support/cli';
import { CONTACTS } from '../messages/support/known';
import { webhook } from '../messages/support/webhook';
import { all, readXml, textOf, type Node } from '../report/xml';
import { deploy, ended, LOCK, must, raiseStage, remember, until, version, type Stage } from './stage';

const BAD = 'v1.1.0-turns-bad';
/** What the runbook has people watch for two hours: the app's log, nginx's, Gunicorn's; the machine; that every service answers, and how soon. */
const PROBES = [
  { name: 'gunicorn-log', tier: 3, log: { path: '/var/log/shop/gunicorn.log', fail_on: ['out of order'] } },
  { name: 'nginx-log', tier: 3, log: { path: '/var/log/nginx/error.log', fail_on: ['\\[(crit|alert|emerg)\\]'], quiet: true } },
  { name: 'cpu', tier: 3, cpu: { busy: '100%', over: '200ms' } }, { name: 'memory', tier: 3, memory: { free: '1MB' } }, { name: 'disk', tier: 3, disk: { free: '1%' } },
];
const LOOKED_AT = {
  'error-rate': { access_log: {} }, 'app-errors': { probe: { name: 'gunicorn-log' } }, 'nginx-errors': { probe: { name: 'nginx-log' } }, cpu: { probe: { name: 'cpu' } }, memory: { probe: { name: 'memory' } },
  disk: { probe: { name: 'disk' } }, 'not-answering': { probe: { name: 'health', measure: 'failing' } }, 'response-time': { probe: { name: 'static' } },
};
const NEVER_TOO_MUCH = { 'app-errors': 10_000, 'nginx-errors': 10_000, cpu: '100%', memory: '100%', disk: '100%', 'not-answering': 1, 'response-time': '1m' };
const BAKE = {
  every: '4s', watch: ['3m'], sources: Object.entries(LOOKED_AT).map(([name, source]) => ({ name, ...source })),
  thresholds: [{ name: 'error-rate', metric: 'error-rate', accept: '1%', rollback: '10%', for: '8s', least: 3 }, ...Object.entries(NEVER_TOO_MUCH).map(([metric, accept]) => ({ name: metric, metric, accept }))],
};

/** Good for its first requests, which are those that verify it and some of the users'; from then on 15 % fail, and the log says so. */
const TURN_BAD = `set -e; cd /root && git clone -q /srv/git/shop.git turns-bad && cd turns-bad && git checkout -q v1.1.0 && python3 - <<'PY'
path = next(__import__('pathlib').Path('.').rglob('shop/__init__.py'))
path.write_text(path.read_text().replace("    return app\\n", """    import os

    @app.before_request
    def turn_bad():
        with open("/tmp/served", "ab") as served:  # one count for all processes
            served.write(b".")
        number = os.stat("/tmp/served").st_size
        if number > 150 and number % 20 in (3, 9, 15):
            app.logger.error("out of order")
            return "out of order", 500

    return app
"""))
PY
echo ${BAD} > $(find . -name VERSION -not -path './.git/*') && git -c user.name=test -c user.email=test@shop.test commit -qam 'turns bad' && git -c user.name=test -c user.email=test@shop.test tag -a -m bad ${BAD} && git push -q origin ${BAD}`;

/** Users, some twenty or thirty requests a second, until they are stopped; how many got which status. */
function users(stage: Stage): { stop(): Promise<Record<string, number>> } {
  const seen: Record<string, number> = {};
  const ca = readFileSync(stage.shop.caPath);
  const { address } = stage.shop.host;
  let on = true;
  const visit = (): Promise<void> =>
    new Promise((resolve) => {
      const asked = request({ host: address, servername: 'shop.test', path: '/api/v1/items', headers: { host: 'shop.test' }, ca, timeout: 5000 }, (answer) => {
        const status = String(answer.statusCode);
        seen[status] = (seen[status] ?? 0) + 1;
        answer.resume().on('end', resolve).on('error', () => resolve());
      });
      asked.on('error', () => resolve()).on('timeout', () => asked.destroy()).end();
    });
  const each = Promise.all([1, 2, 3].map(async () => {
    while (on) {
      await visit();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }));
  return {
    async stop() {
      on = false;
      await each;
      return seen;
    },
  };
}

const ofClass = (node: Node, name: string): Node[] => all(node).filter(({ attributes }) => attributes['class'] === name);

test('a release of which 15% of the answers turn bad under load is taken back by its bake, told as it happens, and both reports picture the error rate with switch and way back [RT-07, RT-10, MN-04, MN-15, MN-16, MN-17, MN-18, MN-19, MN-26, MN-27, MN-28, MN-32, MN-35, MN-36, PD-02, PD-03, PD-04, NT-14, NT-17, NT-18, NT-22, A-32, A-33]', { timeout: 300_000 }, async () => {
  const { url, posts } = await webhook();
  const stage = await raiseStage('bake', {
    change: (config) => {
      config['bake'] = BAKE;
      config['probes'] = [...(config['probes'] as object[]), ...PROBES];
      config['messages'] = { channels: [{ name: 'hook', webhook: { url } }], to: [{ audience: 'team', channel: 'hook' }], contacts: CONTACTS, every: '300ms' };
    },
  });
  onTestFinished(() => stage.remove(), 120_000);
  await must(stage, TURN_BAD);
  const cli = (...args: string[]): Cli => new Cli(args, { cwd: dirname(stage.config), env: { TEMPORAL_ADDRESS: stage.server.address } });
  const differs = await remember(stage);
  const load = users(stage);
  const deployed = await deploy(stage, BAD);
  expect(deployed, deployed.sentence).toMatchObject({ outcome: 'deployed', cause: null });
  const bake = stage.client.workflow.getHandle(besideOf({ app: 'shop', environment: 'production' }).bake);
  expect((await cli('status').ended()).out).toMatch(/watched +v1\.1\.0-turns-bad \(.*\), stage 1 of 1, until/);
  expect((await bake.result()) as BakeResult).toMatchObject({ outcome: 'rolled-back', deployment: deployed.deployment });
  const seen = await load.stop();
  expect(seen['500']).toBeGreaterThan(5);

  const rollback = await ended(stage.client.workflow.getHandle(LOCK));
  expect(rollback).toMatchObject({ outcome: 'rolled-back', cause: 'threshold', deployment: deployed.deployment });
  expect(rollback.sentence).toMatch(/taken back by bake: error-rate: \d+(\.\d+)?%, beyond 10% without a break for \ds/);
  expect(await version(stage)).toBe('v1.0.0');
  expect(await differs()).toBe('');

  const { before, figures } = (await new Runs(stage.client).bake({ app: 'shop', environment: 'production' }, deployed.deployment)) ?? {};
  const read = (name: string): number[] => (figures?.[name] ?? []).flatMap(({ value }) => (value === null ? [] : [value]));
  for (const name of Object.keys(LOOKED_AT)) expect(read(name).length, name).toBeGreaterThan(3);
  for (const name of ['cpu', 'memory', 'disk']) for (const value of read(name)) expect(value > 0 && value <= 1, `${name} ${value}`).toBe(true);
  expect(read('app-errors')[0]).toBe(0);
  expect(read('app-errors').at(-1)).toBeGreaterThan(5);
  expect(new Set(read('nginx-errors'))).toEqual(new Set([0]));
  expect(read('not-answering')[0]).toBe(0);
  for (const value of read('response-time')) expect(value).toBeGreaterThan(0);
  expect(before?.['response-time']?.[0]?.value).toBeGreaterThan(0);

  await until('people are told of the end', () => Promise.resolve(posts.at(-1)?.moment === 'rollback-complete'));
  // Its first bad sample may be of good answers as well: between the limits for as long, it asks first.
  const moments = posts.map(({ moment }) => moment).filter((moment) => !['progress', 'hold'].includes(moment));
  const updates = moments.filter((moment) => moment === 'rollback-update').length;
  expect(updates).toBeGreaterThan(1);
  expect(moments).toEqual(['test-alert', 'start', 'done', 'rollback-start', ...Array<string>(updates).fill('rollback-update'), 'rollback-complete']);
  expect(posts.find(({ moment }) => moment === 'rollback-start')?.text).toMatch(/Reason: .*error-rate: \d+(\.\d+)?%, beyond 10%/);

  for (const [name, which] of [['rollback', []], ['deployment', [deployed.deployment]]] as const) {
    const file = join(dirname(stage.config), `${name}.html`);
    expect(await cli('report', ...which, '--format', 'html', '--out', file).ended()).toMatchObject({ code: 0 });
    const html = readFileSync(file, 'utf8');
    const [, failed, of] = /Failed requests: (\d+) of (\d+), by error-rate, while it was watched\./.exec(html) ?? [];
    expect(Number(failed), name).toBeGreaterThan(5);
    expect(Number(failed) / Number(of)).toBeLessThan(0.16);
    const svg = (html.match(/<svg[^>]*role="img"[\s\S]*?<\/desc>[\s\S]*?(?=<\/figure>)/g) ?? []).find((text) => text.includes('error-rate over time'));
    const picture = readXml(svg ?? '');
    const words = all(picture, 'text').map(textOf);
    expect(words, name).toEqual(expect.arrayContaining(['ask: above 1 %', 'roll back: above 10 %', 'before: 0 %', '◆ switch', '◀ way back begins']));
    expect(ofClass(picture, 'limit')).toHaveLength(2);
    expect(all(picture, 'polyline').length).toBeGreaterThan(0);
    const [, count, most] = /^(\d+) readings from 0 % to ([\d.]+) %/.exec(textOf(all(picture, 'desc')[0] ?? picture)) ?? [];
    expect(Number(count)).toBeGreaterThan(5);
    expect(Number(most)).toBeGreaterThan(10);
    const [at, back] = ['switch', 'back'].map((kind) => Number.parseFloat(ofClass(picture, kind).find(({ name: tag }) => tag === 'line')?.attributes['x1'] ?? 'none'));
    expect(at, name).toBeLessThan(back ?? 0);
  }
});
