// A release that is verified and turns bad under load, on a real host: its bake takes it back by itself, and the report shows it.
import { request } from 'node:https';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { besideOf } from '../../src/temporal/names';
import type { BakeResult } from '../../src/workflows/outcome';
import { Cli } from '../cli/support/cli';
import { all, readXml, textOf, type Node } from '../report/xml';
import { deploy, ended, LOCK, must, raiseStage, remember, version, type Stage } from './stage';

const BAD = 'v1.1.0-turns-bad';
const WATCHED = { error_share: { every: '2s', watch: ['2m'], thresholds: [{ name: 'error-rate', metric: 'error-rate', accept: '1%', rollback: '15%', for: '6s', least: 3 }], sources: [{ name: 'error-rate', access_log: {} }] } };

let stage: Stage;
beforeAll(async () => {
  stage = await raiseStage('bake', { change: (config) => (config['bake'] = WATCHED.error_share) });
  // Good for its first requests, which are those that verify it: afterwards each third fails.
  await must(stage, `cd /root && git clone -q /srv/git/shop.git turns-bad && cd turns-bad && git checkout -q v1.1.0 && python3 - <<'PY'
path = next(__import__('pathlib').Path('.').rglob('shop/__init__.py'))
path.write_text(path.read_text().replace("    return app\\n", """    served = {"n": 0}

    @app.before_request
    def turn_bad():
        served["n"] += 1
        if served["n"] > 150 and served["n"] % 3 == 0:
            return "out of order", 500

    return app
"""))
PY
echo ${BAD} > $(find . -name VERSION -not -path './.git/*') && git -c user.name=test -c user.email=test@shop.test commit -qam 'turns bad' && git -c user.name=test -c user.email=test@shop.test tag -a -m bad ${BAD} && git push -q origin ${BAD}`);
});
afterAll(async () => {
  await stage?.remove();
});

/** Users, some twenty requests a second, until they are stopped; how many got which status. */
function users(): { stop(): Promise<Record<string, number>> } {
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
  const each = Promise.all([1, 2].map(async () => {
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

const cli = (...args: string[]): Cli => new Cli(args, { cwd: dirname(stage.config), env: { TEMPORAL_ADDRESS: stage.server.address } });

test('a release that turns bad under load is taken back by its bake, and both reports picture the error rate with switch and way back [RT-07, RT-10, MN-04, MN-27, MN-32, A-32, A-33]', async () => {
  const differs = await remember(stage);
  const load = users();
  const deployed = await deploy(stage, BAD);
  expect(deployed, deployed.sentence).toMatchObject({ outcome: 'deployed', cause: null });
  const bake = stage.client.workflow.getHandle(besideOf({ app: 'shop', environment: 'production' }).bake);
  expect((await cli('status').ended()).out).toMatch(/watched +v1\.1\.0-turns-bad \(.*\), stage 1 of 1, until/);
  expect((await bake.result()) as BakeResult).toMatchObject({ outcome: 'rolled-back', deployment: deployed.deployment });
  const seen = await load.stop();
  expect(seen['500']).toBeGreaterThan(5);

  const rollback = await ended(stage.client.workflow.getHandle(LOCK));
  expect(rollback).toMatchObject({ outcome: 'rolled-back', cause: 'threshold', deployment: deployed.deployment });
  expect(rollback.sentence).toMatch(/taken back by bake: error-rate: \d+(\.\d+)?%, beyond 15% without a break for \ds/);
  expect(await version(stage)).toBe('v1.0.0');
  expect(await differs()).toBe('');

  for (const [name, which] of [['rollback', []], ['deployment', [deployed.deployment]]] as const) {
    const file = join(dirname(stage.config), `${name}.html`);
    expect(await cli('report', ...which, '--format', 'html', '--out', file).ended()).toMatchObject({ code: 0 });
    const svg = (readFileSync(file, 'utf8').match(/<svg[^>]*role="img"[\s\S]*?<\/desc>[\s\S]*?(?=<\/figure>)/g) ?? []).find((text) => text.includes('error-rate over time'));
    const picture = readXml(svg ?? '');
    const words = all(picture, 'text').map(textOf);
    expect(words, name).toEqual(expect.arrayContaining(['ask: above 1 %', 'roll back: above 15 %', 'before: 0 %', '◆ switch', '◀ way back begins']));
    expect(ofClass(picture, 'limit')).toHaveLength(2);
    expect(all(picture, 'polyline').length).toBeGreaterThan(0);
    const [, count, most] = /^(\d+) readings from 0 % to ([\d.]+) %/.exec(textOf(all(picture, 'desc')[0] ?? picture)) ?? [];
    expect(Number(count)).toBeGreaterThan(8);
    expect(Number(most)).toBeGreaterThan(15);
    const [at, back] = ['switch', 'back'].map((kind) => Number.parseFloat(ofClass(picture, kind).find(({ name: tag }) => tag === 'line')?.attributes['x1'] ?? 'none'));
    expect(at, name).toBeLessThan(back ?? 0);
  }
});
