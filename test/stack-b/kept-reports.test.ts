// The report of a run as the run itself keeps it: real history, real directory, real bucket; only the hosts are fakes.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bucket } from '../../src/activities/offsite';
import type { Deps } from '../../src/activities/deps';
import { reportActivities } from '../../src/activities/reports';
import { startS3, type S3 } from '../../testbed/s3';
import { temporary } from '../commands/support/run';
import { CONTACTS } from '../messages/support/known';
import { Site } from '../workflows/support/site';
import { useTemporal } from '../workflows/support/use-temporal';

const temporal = useTemporal();
let s3: S3;
beforeAll(async () => {
  s3 = await startS3();
});
afterAll(async () => {
  await s3.stop();
});

test('is written to a directory of the worker and to the bucket, whole, with the end that the run then has, readable by nobody else; and again over itself [IR-01, IR-04]', async () => {
  const directory = join(temporary(), 'kept', 'here');
  process.env['KEPT_KEY'] = s3.accessKey;
  process.env['KEPT_SECRET'] = s3.secretKey;
  const offsite = { bucket: 'notes-backups', prefix: 'database', region: 'us-east-1', endpoint: s3.endpoint, access_key: { secret: 'KEY' }, secret_key: { secret: 'SECRET' } };
  const environment = { settings: { reports: { directory, s3: true }, offsite, messages: { contacts: CONTACTS } }, inventory: { secrets: { KEY: { env: 'KEPT_KEY' }, SECRET: { env: 'KEPT_SECRET' } } } };
  const deps = { environment: () => environment, temporal: () => Promise.resolve(temporal.client) } as unknown as Deps;
  await temporal.work({ taskQueue: 'kept', activities: { ...temporal.sites.activities(), ...reportActivities(deps) } });
  const site = new Site('kept');
  site.policy = { ...site.policy, reports: [directory, 's3://notes-backups/reports'] };
  site.fail('forward 08-switch-release@web-1', Infinity, 'exit code 7');
  const ended = await temporal.runs.ended(await temporal.runs.deploy(site, {}, { taskQueue: 'kept' }));
  expect(ended.outcome).toBe('rolled-back');

  const name = 'kept-production-d-kept';
  expect(readdirSync(directory).sort()).toEqual([`${name}.html`, `${name}.md`]);
  expect(statSync(join(directory, `${name}.html`)).mode & 0o007).toBe(0);
  const text = readFileSync(join(directory, `${name}.md`), 'utf8');
  expect(text).toContain('**ROLLED BACK**: switch release on web-1: exit code 7. web-1, web-2 back on v1, as before');
  expect(text).toContain('Grace');
  const bucket = new Bucket(offsite, (secret) => (secret === 'KEY' ? s3.accessKey : s3.secretKey));
  for (const file of readdirSync(directory)) {
    const content = readFileSync(join(directory, file));
    const kept = { path: file, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
    expect(await bucket.verify(`reports/${file}`, kept)).toMatchObject({ key: `reports/${file}` });
  }
  await bucket.put(`reports/${name}.md`, 'again');
  await expect(bucket.verify(`reports/${name}.md`, { path: name, bytes: 5, sha256: createHash('sha256').update('again').digest('hex') })).resolves.toBeTruthy();
  bucket.close();
});
