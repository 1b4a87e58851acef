import { expect, test } from 'vitest';
import { takeReadings } from '../../src/activities/outside';
import { sentryDocuments } from '../../src/plan/baseline';
import { planHash } from '../../src/plan/hash';
import { notesPlan, notesSettings } from '../plan/support/notes';
import { http, json, useless } from './support/servers';
import { sentryServer, type Issue } from './support/sentry';
import { FAIL, PASS, take, UNKNOWN } from './support/take';

const DEPLOYED = Date.UTC(2026, 10, 22, 9) / 1000;
const secrets = { SENTRY_TOKEN: 'sntrys_canary' };
const at = (port: number, more: object = {}): object => ({
  kind: 'sentry', name: 'sentry', url: `http://127.0.0.1:${port}`, organization: 'shop', project: 'backend', environment: 'production', release: 'v2.0.0', token: { secret: 'SENTRY_TOKEN' }, critical: 0, warnings: 4, timeout: 5, ...more,
});
const issue = (level: string, minutes: number, release = 'v2.0.0'): Issue => ({ level, release, title: `${level} at ${minutes}`, lastSeen: DEPLOYED + minutes * 60 });

test('only issues of this release, seen since it was deployed, count [MN-01, A-49]', async () => {
  const sentry = await sentryServer('sntrys_canary', [issue('error', -20), issue('fatal', -1), issue('error', 5, 'v1.9.0'), ...[1, 2, 3, 4].map((n) => issue('warning', n)), issue('info', 3)]);
  sentry.deploys.push({ release: 'v2.0.0', environment: 'staging', finished: DEPLOYED - 7200 }, { release: 'v2.0.0', environment: 'production', finished: DEPLOYED - 86_400 }, { release: 'v2.0.0', environment: 'production', finished: DEPLOYED });
  const found = await take(at(sentry.port), secrets);
  expect(found).toMatchObject({ ...PASS, value: { critical: 0, warnings: 4, other: 1, since: '2026-11-22T09:00:00Z' } });
  expect(found.printed).not.toContain('canary');
  expect(await take(at(sentry.port, { since: DEPLOYED - 90 }), secrets)).toMatchObject({ ...FAIL, why: '1 critical issues since v2.0.0 was deployed, more than 0; first: fatal at -1' });
});

test('one critical error, or five warnings, is too much, on whichever page it stands [MN-01]', async () => {
  const sentry = await sentryServer('sntrys_canary', [...Array.from({ length: 150 }, () => issue('info', 1)), issue('error', 2)]);
  expect(await take(at(sentry.port, { since: DEPLOYED }), secrets)).toMatchObject({ ...FAIL, why: '1 critical issues since v2.0.0 was deployed, more than 0; first: error at 2' });
  const many = await sentryServer('sntrys_canary', [1, 2, 3, 4, 5].map((n) => issue('warning', n)));
  expect(await take(at(many.port, { since: DEPLOYED }), secrets)).toMatchObject({ ...FAIL, why: '5 warnings since v2.0.0 was deployed, more than 4; first: warning at 1' });
});

test('without a deploy marker, with a bad token, or when Sentry is out of order, nothing is known [A-28, A-49]', async () => {
  const sentry = await sentryServer('sntrys_canary', []);
  expect(await take(at(sentry.port), secrets)).toMatchObject({ ...UNKNOWN, why: 'Sentry knows no deploy of v2.0.0 to production: its issues cannot be told from older ones' });
  expect(await take(at(sentry.port, { since: DEPLOYED }), { SENTRY_TOKEN: 'other' })).toMatchObject({ ...UNKNOWN, why: expect.stringMatching(/^Sentry answers 401/) as string });
  expect(await take(at(sentry.port, { since: DEPLOYED, project: 'none' }), secrets)).toMatchObject(UNKNOWN);
  const odd = await http((_, response) => json(response, { detail: 'rate limit' }, 200));
  expect(await take(at(odd, { since: DEPLOYED }), secrets)).toMatchObject(UNKNOWN);
  const half = await http((_, response) => json(response, [{ title: 'no level', lastSeen: '2026-11-22T10:00:00Z' }], 200));
  expect(await take(at(half, { since: DEPLOYED }), secrets)).toMatchObject(UNKNOWN);
  for (const [what, port] of Object.entries(await useless())) expect({ what, ...(await take(at(port, { since: DEPLOYED, timeout: 0.5 }), secrets)) }).toMatchObject({ what, ...UNKNOWN });
});

test('one token, known to the worker by name, is all of Sentry that Sternway needs; whoever reads a plan learns no more, and no other server is given it [SE-10]', async () => {
  const sentry = await sentryServer('sntrys_canary', []);
  const elsewhere: unknown[] = [];
  const other = await http((request, response) => (elsewhere.push(request.headers), json(response, [])));
  const moved = await http((_, response) => response.writeHead(302, { location: `http://127.0.0.1:${other}/` }).end());
  expect(await take(at(sentry.port, { since: DEPLOYED }), secrets)).toMatchObject(PASS);
  expect(await take(at(moved, { since: DEPLOYED }), secrets)).toMatchObject(UNKNOWN);
  expect(elsewhere).toEqual([]);
  const probe = { name: 'sentry', tier: 3, sentry: { url: `http://127.0.0.1:${sentry.port}`, organization: 'shop', project: 'backend', token: { secret: 'SENTRY_TOKEN' }, critical: 0, warnings: 4 } };
  const plan = notesPlan('systemd', { settings: notesSettings('systemd', (s) => ({ ...s, verify: 3, probes: [...s.probes, probe] })) });
  const asked = plan.steps.filter((step) => JSON.stringify(step).includes('SENTRY_TOKEN'));
  expect(asked.map(({ title, tasks }) => [title, Object.keys(tasks)])).toEqual([['tell Sentry of the release', ['worker']], ['what is measured is within its limits: from outside', ['worker']]]);
});

test('the release and its deploy are made known, and the probe finds them again; said twice, nothing is lost [MN-01]', async () => {
  const sentry = await sentryServer('sntrys_canary', []);
  const marker = at(sentry.port, { kind: 'sentry_deploy', started: DEPLOYED - 60, finished: DEPLOYED, commit: 'c0ffee', critical: undefined, warnings: undefined });
  expect(await take(marker, secrets)).toMatchObject(PASS);
  expect(sentry.releases).toEqual([{ version: 'v2.0.0', projects: ['backend'], ref: 'c0ffee' }]);
  expect(sentry.deploys).toEqual([{ release: 'v2.0.0', environment: 'production', finished: DEPLOYED }]);
  expect(await take(marker, secrets)).toMatchObject(PASS);
  expect(await take(at(sentry.port), secrets)).toMatchObject(PASS);
});

test('before a deployment the errors of the live release are counted and written down, and whatever they are it may go on [PF-24]', async () => {
  const sentry = await sentryServer('sntrys_canary', [issue('error', 5, 'v1.0.0'), issue('warning', 6, 'v1.0.0'), issue('error', 7)]);
  sentry.deploys.push({ release: 'v1.0.0', environment: 'production', finished: DEPLOYED });
  const probe = { name: 'sentry', tier: 3, sentry: { url: `http://127.0.0.1:${sentry.port}`, organization: 'shop', project: 'backend', token: { secret: 'SENTRY_TOKEN' }, critical: 0, warnings: 4 } };
  const settings = notesSettings('systemd', (s) => ({ ...s, probes: [...s.probes, probe] }));
  const documents = sentryDocuments(settings, 'v1.0.0');
  expect(documents).toHaveLength(1);
  expect(await takeReadings(documents, { secret: () => 'sntrys_canary' })).toMatchObject([{ name: 'sentry', verdict: 'fail', value: { critical: 1, warnings: 1 } }]);
  expect(sentryDocuments(settings, null)).toEqual([]);
  expect(sentryDocuments(notesSettings('systemd'), 'v1.0.0')).toEqual([]);
  const plan = notesPlan('systemd', { settings });
  const { hash, ...intent } = plan;
  expect(planHash({ ...intent, baseline: [{ name: 'sentry', verdict: 'fail', value: { critical: 1 }, why: 'x' }] })).toBe(hash);
  expect(plan.steps.find((step) => step.activity === 'markDeployment')?.job).toMatchObject({ kind: 'marker', document: { kind: 'sentry_deploy', release: 'v1.1.0', token: { secret: 'SENTRY_TOKEN' } } });
});
