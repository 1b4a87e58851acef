import { afterAll, beforeAll, expect, test } from 'vitest';
import { deploy, must, raiseStage, remember, rollback, version, visit, type Stage } from './stage';

let stage: Stage;
beforeAll(async () => {
  stage = await raiseStage('releases');
});
afterAll(async () => {
  await stage?.remove();
});

test('a first deployment that fails leaves the plain directory exactly as the runbook left it [A-03, A-04, A-05, A-06, A-07, RX-04, RX-05, RX-07, RX-08] [F38]', async () => {
  const differs = await remember(stage);
  const result = await deploy(stage, 'v1.5.0-answers-500');
  expect(result).toMatchObject({ type: 'RolledBack', outcome: 'rolled-back', cause: 'failure' });
  expect(result.sentence).toMatch(/status 500 instead of 200\. web-1 back on v1\.0\.0, as before/);
  expect(await differs()).toBe('');
  expect(await must(stage, 'test -d /opt/shop && ! test -L /opt/shop && echo plain')).toBe('plain');
});

test('the first deployment turns the plain directory into releases and serves the new one, verified [OV-01, OV-03, A-21, A-22, RD-18, RD-19, NG-01, NG-02, NG-03, SV-02, MG-01]', async () => {
  const result = await deploy(stage, 'v1.1.0');
  expect(result).toMatchObject({ type: 'completed', outcome: 'deployed', release: 'v1.1.0' });
  expect(await version(stage)).toBe('v1.1.0');
  const current = await must(stage, 'readlink /opt/shop');
  expect(current).toBe(`/opt/shop.releases/releases/${result.deployment}`);
  expect(await must(stage, 'readlink -f /proc/$(systemctl show -p MainPID --value shop)/cwd')).toBe(current);
  expect(await must(stage, 'cat /opt/shop.releases/shared/.env | grep -c SECRET_KEY')).toBe('1');
  expect(JSON.parse((await visit(stage, '/api/v1/items')).body)).toBeTruthy();
});

test('an additive schema stays when the code goes back after users were let in, and their rows with it [DB-01, DB-05]', async () => {
  expect(await deploy(stage, 'v1.2.0')).toMatchObject({ outcome: 'deployed' });
  await must(stage, `curl -s --fail --resolve shop.test:443:127.0.0.1 --cacert /etc/ssl/shop/ca.crt -H 'content-type: application/json' -d '{"name":"written by a user","price_cents":1}' https://shop.test/api/v1/items`);
  const result = await rollback(stage);
  expect(result).toMatchObject({ outcome: 'rolled-back', schemaAhead: ['migrate@web-1'] });
  expect(await version(stage)).toBe('v1.1.0');
  expect((await visit(stage, '/api/v1/items')).body).toContain('written by a user');
});

test('an additive release that is deployed again finds its schema there already, and is the base of what follows', async () => {
  expect(await deploy(stage, 'v1.2.0')).toMatchObject({ outcome: 'deployed' });
  expect(await version(stage)).toBe('v1.2.0');
});

const bad: [release: string, says: RegExp, rows: string, fault?: string][] = [
  ['v1.5.0-answers-500', /status 500 instead of 200/, 'VF-01, A-28, RT-01'],
  ['v1.5.1-dies-after-3s', /shop\.service did not keep running for 4 s/, 'SV-04, A-28', 'F41'],
  ['v1.5.2-migration-fails-halfway', /^migrate on web-1: .*0005_discounts failed/, 'MG-01, DB-01, A-21', 'F47'],
  ['v1.5.3-bad-vhost', /nginx: test the new vhost beside the live one/, 'NG-04, A-11, RX-06', 'F40'],
  ['v1.5.4-bad-unit', /start the app on web-1: .*shop\.service did not start/, 'SV-02, A-07'],
  ['v1.5.6-lies', /version is 'v1\.2\.0' instead of 'v1\.5\.6-lies'|version is 'v1\.1\.0' instead of 'v1\.5\.6-lies'/, 'VF-01, A-23', 'F43'],
];
for (const [release, says, rows, fault] of bad) {
  test(`${release} goes back by itself, with everything as before [${rows}]${fault ? ` [${fault}]` : ''}`, async () => {
    const differs = await remember(stage);
    const result = await deploy(stage, release);
    expect(result).toMatchObject({ type: 'RolledBack', outcome: 'rolled-back', cause: 'failure', skipped: [] });
    expect(result.sentence).toMatch(says);
    expect(await differs()).toBe('');
    expect(await version(stage)).toBe('v1.2.0');
  });
}

test('a release that lacks a new environment name is refused before the site closes or goes back by itself [F44]', async () => {
  const differs = await remember(stage);
  const result = await deploy(stage, 'v1.5.8-missing-env');
  expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'failure' });
  expect(await differs()).toBe('');
});

test('a tag that does not exist is refused and nothing is touched [PF-05]', async () => {
  const differs = await remember(stage);
  const result = await deploy(stage, 'v9.9.9');
  expect(result).toMatchObject({ type: 'Refused', outcome: 'unchanged' });
  expect(result.sentence).toMatch(/there is no tag v9\.9\.9 in file:\/\/\/srv\/git\/shop\.git; push it first/);
  expect(await differs()).toBe('');
});

test('a release that is slow to become ready is waited for, and taken back hours later on request [SV-03, RX-09, RX-22, RX-25]', async () => {
  const differs = await remember(stage);
  expect(await deploy(stage, 'v1.5.5-slow-start')).toMatchObject({ outcome: 'deployed' });
  expect(await differs()).not.toBe('');
  expect(await rollback(stage, 'hours later')).toMatchObject({ type: 'completed', outcome: 'rolled-back' });
  expect(await differs()).toBe('');
});

