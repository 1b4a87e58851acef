// Hands at work between two deployments, on a real host: every edit is named and nothing is touched; adopted, the way back leads to it.
import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plan } from '../../src/activities/planning';
import { Sternway } from '../../src/client';
import { createLogger } from '../../src/temporal/logger';
import { workerDeps } from '../../src/worker';
import { sternway } from '../cli/support/cli';
import { deploy, digest, ended, LOCK, must, raiseStage, remember, rollback, start, until, version, visit, type Ended, type Stage } from './stage';

const HOLD = '/run/shop/hold-migration';
const target = { app: 'shop', environment: 'production' };
let stage: Stage;
let first: string;

beforeAll(async () => {
  stage = await raiseStage('drift');
  const live = await deploy(stage, 'v1.0.0');
  expect(live).toMatchObject({ outcome: 'deployed' });
  first = live.deployment;
});
afterAll(async () => {
  await stage?.remove();
});

/** What `sternway plan` would say: the adopted drift, or why it is refused. */
async function planned(release: string, adopt = false): Promise<string[]> {
  const deps = workerDeps(stage.config, createLogger({ level: 'error' }));
  const operation = { ...target, deployment: 'd-plan', holder: 'd-plan', by: 'test', via: 'test', reason: '' };
  try {
    return ((await plan(deps, { operation, release, adopt })).adopted ?? []).map(({ sentence }) => sentence);
  } catch (error) {
    const { reasons } = (error as { details: [{ reasons: string[] }] }).details[0];
    return reasons.map((reason) => `refused: ${reason}`);
  } finally {
    await deps.disconnect();
  }
}

/** Until the app answers after a restart by hand: what is remembered, or planned from, before that is not yet what serves. */
async function serving(): Promise<void> {
  await until('the app serves', async () => (await visit(stage, '/health/').catch(() => undefined))?.status === 200);
}

const adopting = async (release: string): Promise<Ended> => await ended(await start(stage, release, { adopt: true, by: 'ada', reason: 'the hotfix stays' }));
const refusal = (...sentences: string[]): RegExp => new RegExp(sentences.map((each) => each.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*'), 's');

test('what a deployment leaves is no drift afterwards, nor are a renewed certificate, logs, shared files, a reload, a restart and a reboot', async () => {
  const curve = 'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 60';
  await must(stage, [
    'cd /etc/ssl/shop', `${curve} -subj "/CN=Another authority" -addext keyUsage=critical,keyCertSign -keyout /root/ca.key -out ca.crt`,
    `${curve} -CA ca.crt -CAkey /root/ca.key -subj /CN=shop.test -addext subjectAltName=DNS:shop.test -addext basicConstraints=critical,CA:FALSE -keyout server.key -out server.crt`,
    'cat ca.crt >> server.crt', 'rm /root/ca.key', 'echo noise >> /var/log/shop/gunicorn.log', 'echo "# rotated" >> /opt/shop/.env', 'echo upload > /opt/shop/media/by-a-user.txt',
    'systemctl daemon-reload', 'systemctl reload nginx', 'systemctl restart shop nginx',
  ].join(' && '));
  writeFileSync(stage.shop.caPath, await must(stage, 'cat /etc/ssl/shop/ca.crt'));
  expect(await planned('v1.1.0')).toEqual([]);
  await stage.shop.host.reboot();
  await serving();
  expect(await planned('v1.1.0')).toEqual([]);
});

test('every hand edit is named and nothing is touched; adopted, the deployment goes through, and its way back leads to the edits byte for byte [F17]', async () => {
  await must(stage, [
    'echo "# by hand" >> /etc/nginx/sites-available/shop', 'echo "# by hand" >> /etc/nginx/sites-available/shop.maintenance', 'ln -s ../sites-available/default /etc/nginx/sites-enabled/default',
    'echo "# by hand" >> /etc/systemd/system/shop.service', 'mkdir -p /etc/systemd/system/shop.service.d', 'printf "[Service]\\nNice=1\\n" > /etc/systemd/system/shop.service.d/hand.conf',
    'systemctl disable -q shop', 'systemctl daemon-reload', 'echo "# by hand" >> /opt/shop/wsgi.py', 'systemctl restart shop nginx',
  ].join(' && '));
  const [before, differs] = [await digest(stage), await remember(stage)];
  const sentences = await planned('v1.1.0', true);
  const [vhost, unitFile] = ['/etc/nginx/sites-available/shop', '/etc/systemd/system/shop.service'];
  expect(sentences.map((each) => each.replaceAll(/sha256 [0-9a-f]{12}(, was [0-9a-f]{12})?/g, 'sha256'))).toEqual([
    `web-1: files of the release in /opt/shop were changed since ${first} (v1.0.0) left them: wsgi.py; put them back as they were, or deploy with --adopt to keep it`,
    `web-1: ${vhost} was changed since ${first} (v1.0.0) left it (sha256); put that back (the release's own is /opt/shop/nginx/sites-available/shop), or deploy with --adopt to keep it`,
    `web-1: ${vhost}.maintenance was changed since ${first} (v1.0.0) left it (sha256); put that back, or deploy with --adopt to keep it`,
    `web-1: /etc/nginx/sites-enabled/default leads to ../sites-available/default, but ${first} (v1.0.0) left nothing there; take it out again, or deploy with --adopt to keep it`,
    `web-1: ${unitFile} was changed since ${first} (v1.0.0) left it (sha256); put that back (the release's own is /opt/shop/systemd/shop.service), or deploy with --adopt to keep it`,
    `web-1: shop.service is disabled, but ${first} (v1.0.0) left it enabled; make it so again with systemctl, or deploy with --adopt to keep it`,
    `web-1: ${unitFile}.d/hand.conf is there, but ${first} (v1.0.0) left nothing there; remove it, or deploy with --adopt to keep it`,
  ]);
  expect(await planned('v1.1.0')).toEqual(sentences.map((each) => `refused: ${each}`));
  const cwd = dirname(stage.config);
  const told = await sternway(['plan', 'v1.1.0'], { cwd });
  expect(told).toMatchObject({ code: 12, out: '', err: `sternway: v1.1.0 would be refused on shop/production:\n${sentences.map((each) => `  - ${each}\n`).join('')}` });
  const shown = await sternway(['plan', 'v1.1.0', '--adopt'], { cwd });
  expect([shown.code, shown.out.split('\n').filter((line) => line.startsWith('adopts: '))]).toEqual([0, sentences.map((each) => `adopts: ${each}`)]);

  const refused = await deploy(stage, 'v1.1.0');
  expect(refused).toMatchObject({ type: 'Refused', outcome: 'unchanged', sentence: expect.stringMatching(refusal(...sentences)) as string });
  expect(await digest(stage)).toBe(before);

  expect(await adopting('v1.1.0')).toMatchObject({ outcome: 'deployed', adopted: '1 code, 1 vhost, 1 maintenance, 1 site, 2 unit, 1 drop-in' });
  expect(await version(stage)).toBe('v1.1.0');
  expect(await planned('v1.1.0')).toEqual([]);
  const [newest] = await new Sternway(stage.client).history(target, 1);
  expect(newest).toMatchObject({ by: 'ada', adopted: '1 code, 1 vhost, 1 maintenance, 1 site, 2 unit, 1 drop-in' });

  expect(await rollback(stage)).toMatchObject({ outcome: 'rolled-back' });
  expect(await differs()).toBe('');
  expect(await version(stage)).toBe('v1.0.0');
  // The edits are what was left now: named no more, while their disappearance would be.
  expect(await planned('v1.1.0')).toEqual([]);
  await must(stage, 'rm /etc/nginx/sites-enabled/default');
  expect(await planned('v1.1.0')).toEqual([expect.stringContaining('/etc/nginx/sites-enabled/default is missing, but ')]);
  await must(stage, 'ln -s ../sites-available/default /etc/nginx/sites-enabled/default');
});

test('a link of the app that was moved by hand is named; adopted, the way back leads where the hand had pointed it [F36]', async () => {
  const release = await must(stage, 'readlink /opt/shop');
  await must(stage, `cp -a ${release} /opt/shop-by-hand && rm /opt/shop-by-hand/REVISION && ln -sfn /opt/shop-by-hand /opt/shop && systemctl restart shop`);
  await serving();
  const [before, differs] = [await digest(stage), await remember(stage)];
  expect(await deploy(stage, 'v1.1.0')).toMatchObject({ type: 'Refused', sentence: expect.stringContaining(`web-1: /opt/shop leads to /opt/shop-by-hand, but ${first} (v1.0.0) left it leading to ${release}; point it at ${release} again`) as string });
  expect(await digest(stage)).toBe(before);
  expect(await adopting('v1.5.0-answers-500')).toMatchObject({ outcome: 'rolled-back', cause: 'failure', adopted: '1 link' });
  expect(await differs()).toBe('');
  // It never became the head; what it had adopted is what was left all the same.
  expect(await planned('v1.1.0')).toEqual([]);
  await must(stage, `ln -sfn ${release} /opt/shop && rm -r /opt/shop-by-hand && systemctl restart shop`);
});

test('a maintenance page that was left on is named; adopted, the way back closes the site again as it was', async () => {
  expect(await adopting('v1.1.0')).toMatchObject({ outcome: 'deployed' });
  await must(stage, 'ln -sfn /etc/nginx/sites-available/shop.maintenance /etc/nginx/sites-enabled/shop && systemctl reload nginx');
  await until('users get the page', async () => (await visit(stage, '/').catch(() => undefined))?.status === 503);
  const differs = await remember(stage);
  expect(await deploy(stage, 'v1.0.0')).toMatchObject({ type: 'Refused', sentence: expect.stringContaining('web-1: the maintenance page is on: /etc/nginx/sites-enabled/shop leads to /etc/nginx/sites-available/shop.maintenance, but ') as string });
  expect(await differs()).toBe('');
  expect(await adopting('v1.0.0')).toMatchObject({ outcome: 'deployed', adopted: '1 maintenance' });
  expect((await visit(stage, '/')).status).toBe(200);
  expect(await rollback(stage)).toMatchObject({ outcome: 'rolled-back' });
  expect(await differs()).toBe('');
  await must(stage, 'ln -sfn /etc/nginx/sites-available/shop /etc/nginx/sites-enabled/shop && systemctl reload nginx');
});

test('a run that was terminated holds the environment; taken over, what it left is named and nothing is touched, and a rollback takes just that back [F14]', async () => {
  expect(await adopting('v1.1.0')).toMatchObject({ outcome: 'deployed' });
  const differs = await remember(stage);
  await must(stage, `touch ${HOLD}`);
  const handle = await start(stage, 'v1.5.7-slow-migration');
  await until('the migration runs', async () => (await stage.shop.host.run('pgrep -x -f "venv/bin/python database.py upgrade"')).code === 0);
  const { deployment } = await handle.query<{ deployment: string }, []>('progress');
  await handle.terminate('the machine was lost');
  await must(stage, `rm ${HOLD}`);
  await until('the migration ended', async () => (await stage.shop.host.run('pgrep -x -f "venv/bin/python database.py upgrade"')).code !== 0);
  const half = await digest(stage);

  expect(await deploy(stage, 'v1.1.0')).toMatchObject({ type: 'Busy', sentence: expect.stringContaining(`${deployment} holds this environment since `) as string });
  const over = await ended(await start(stage, 'v1.1.0', { takeOver: true }));
  expect(over).toMatchObject({ type: 'Refused', outcome: 'unchanged' });
  expect(over.sentence).toMatch(refusal(`web-1: ${deployment} (v1.5.7-slow-migration) never came to its end, and of its changes these stand: nginx: maintenance page, stop the app, migrate; take them back with sternway rollback`, 'the maintenance page is on: '));
  expect(await digest(stage)).toBe(half);

  // Nobody holds the environment now, and the rollback still finds whose changes stand there.
  expect(await ended(await stage.client.workflow.signalWithStart('rollback', { workflowId: LOCK, taskQueue: 'sternway', args: [{ ...target, by: 'test' }], signal: 'rollback', signalArgs: [{ by: 'test' }] }))).toMatchObject({ outcome: 'rolled-back', deployment });
  expect(await differs()).toBe('');
  expect((await visit(stage, '/')).status).toBe(200);
});
