import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Plan } from '../../src/plan/plan';
import { deploy, must, raiseStage, remember, rollback, visit, type Ended, type Stage } from './stage';

let stage: Stage;
let original: string;
beforeAll(async () => {
  stage = await raiseStage('verification');
  original = readFileSync(stage.config, 'utf8');
});
afterAll(async () => {
  await stage?.remove();
});

interface Yaml {
  probes: { name: string; path: string; [key: string]: unknown }[];
  logs: { path: string; fail_on?: string[] }[];
  thresholds: Record<string, unknown>;
  timeouts: Record<string, unknown>;
  environments: { production: Record<string, unknown> };
}

/** A deployment under a sternway.yml that was changed for it alone; the good release v1.1.0, so only the change can fail it. */
async function deployWith(change: (config: Yaml) => void): Promise<Ended> {
  const config = parse(original) as Yaml;
  config.timeouts['check'] = '5s';
  change(config);
  writeFileSync(stage.config, stringify(config));
  try {
    return await deploy(stage, 'v1.1.0');
  } finally {
    writeFileSync(stage.config, original);
  }
}

const probe = (config: Yaml, name: string) => {
  const found = config.probes.find((each) => each.name === name);
  if (!found) throw new Error(`the example has no probe ${name}`);
  return found;
};

const judged: [what: string, change: (config: Yaml) => void, says: RegExp][] = [
  ['a page that lacks the text it must have [VF-02]', (config) => (probe(config, 'page')['contains'] = 'a text that is not there'), /page .*does not contain 'a text that is not there'/],
  ['an address of the API that answers otherwise than it must [VF-01]', (config) => (probe(config, 'items')['status'] = 204), /items .*status 200 instead of 204/],
  ['a static file that nginx does not serve [SF-05]', (config) => (probe(config, 'static').path = '/static/gone.css'), /static .*status 404 instead of 200/],
  ['an answer that takes too long [VF-04]', (config) => (probe(config, 'items')['within'] = '1ms'), /items .*it took \d+ ms, more than 1/],
  ['a line in the log since the release that must not be there [VF-06, A-27]', (config) => (config.logs = [{ path: '/var/log/shop/gunicorn.log', fail_on: ['Listening at'] }]), /gunicorn\.log has \d+ lines since the release started that must not be there/],
];
for (const [what, change, says] of judged) {
  test(`takes the release back for ${what}`, async () => {
    const differs = await remember(stage);
    const result = await deployWith(change);
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'failure' });
    expect(result.sentence).toMatch(says);
    expect(await differs()).toBe('');
  });
}

test('refuses to begin when the certificate does not hold for those who visit, for nothing could be verified then [VF-03, PF-03]', async () => {
  const differs = await remember(stage);
  const result = await deployWith((config) => delete config.environments.production['ca']);
  expect(result).toMatchObject({ type: 'Refused', outcome: 'unchanged' });
  expect(result.sentence).toMatch(/not reached from here as users reach it: .*certificate/);
  expect(await differs()).toBe('');
});

test('refuses to begin when a name is missing in .env or a host lacks room, and says everything at once [PF-01, PF-22]', async () => {
  const result = await deployWith((config) => {
    config.thresholds = { disk_free: '90%', memory_free: '1TB' };
    (config as unknown as { env: { required: string[] } }).env.required = ['SECRET_KEY', 'NOT_THERE'];
  });
  expect(result).toMatchObject({ type: 'Refused', outcome: 'unchanged' });
  expect(result.sentence).toMatch(/of the disk under .* is free, 90% is needed/);
  expect(result.sentence).toMatch(/MB of memory is available, 1TB is needed/);
  expect(result.sentence).toMatch(/\.env lacks NOT_THERE/);
});

test('writes down the state of the system before the first change, on the host itself [BK-05, PF-02, PF-23]', async () => {
  const result = await deploy(stage, 'v1.1.0');
  expect(result).toMatchObject({ outcome: 'deployed' });
  const plan = JSON.parse(await must(stage, `cat /var/lib/sternway/shop/production/${result.deployment}/plan.json`)) as Plan;
  expect(plan.previous).toMatchObject({ tag: 'v1.0.0' });
  expect(plan.observed?.['web-1']).toMatchObject({
    versions: { nginx: expect.stringMatching(/^1\./) as string, gunicorn: expect.stringMatching(/^\d+\./) as string },
    units: [{ name: 'shop.service', state: 'active', dropIns: ['/etc/systemd/system/shop.service.d/limits.conf'] }],
    site: { enabled: expect.stringContaining('sites-available/shop') as string },
  });
});

test('leaves nothing behind: no maintenance page, no local way in, no half-made file, no process, no open claim [NG-05, NG-06, A-47, RX-26]', async () => {
  expect(await rollback(stage)).toMatchObject({ outcome: 'rolled-back' });
  expect((await visit(stage, '/')).status).toBe(200);
  expect(await must(stage, 'find /etc/nginx /etc/systemd /opt -name "*.sternway*" -o -name "*.part" -o -name "*maintenance*" -o -name "*sternway-local*"')).toBe('');
  expect(JSON.parse((await must(stage, 'sed "s/^#end$//" /var/lib/sternway/shop/production/claim.json')) || 'null')).toMatchObject({ open: false, outcome: 'rolled-back' });
  expect(await must(stage, 'ls /sys/fs/cgroup/sternway.slice/*/ -d 2>/dev/null | while read d; do find "$d" -name "task-*"; done')).toBe('');
  expect(await must(stage, 'ss -ltn | grep -c -E ":(8443|8480) " || true')).toBe('0');
});

test('gives up a site that nobody closed without opening it: what was not enabled before is not enabled by the way back [A-47] [F38]', async () => {
  // Nothing answers on the site before, so there is nothing to measure the way back by but the host's own state.
  await must(stage, 'rm /etc/nginx/sites-enabled/shop && nginx -t -q && systemctl reload nginx');
  const differs = await remember(stage);
  const result = await deploy(stage, 'v1.5.0-answers-500');
  expect(result.outcome).toBe('rolled-back');
  expect(await differs()).toBe('');
  expect(await must(stage, 'test ! -e /etc/nginx/sites-enabled/shop && echo closed')).toBe('closed');
});
