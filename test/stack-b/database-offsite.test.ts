import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bucket, copyOffsite, type BucketSettings, type UploadOnHost } from '../../src/activities/offsite';
import { measure, upload, UPLOAD_URL, type OffsiteFile } from '../../src/commands/offsite';
import { quote } from '../../src/commands/remote-command';
import { startS3, type S3 } from '../../testbed/s3';
import { must, temporary } from '../commands/support/run';

let s3: S3;
beforeAll(async () => {
  s3 = await startS3();
});
afterAll(async () => {
  await s3.stop();
});

function bucket(more: Partial<BucketSettings> = {}, secretKey = s3.secretKey): Bucket {
  const secrets: Record<string, string> = { KEY: s3.accessKey, SECRET: secretKey };
  return new Bucket({ bucket: 'notes-backups', prefix: 'database/pre-deploy', region: 'us-east-1', endpoint: s3.endpoint, access_key: { secret: 'KEY' }, secret_key: { secret: 'SECRET' }, ...more }, (name) => secrets[name] ?? '');
}

function dump(bytes = 300_000): OffsiteFile {
  const path = join(temporary(), 'database.sql.gz');
  writeFileSync(path, randomBytes(bytes));
  const [size, sha256] = must(measure(path)).trim().split(' ');
  return { path, bytes: Number(size), sha256: sha256 ?? '' };
}

/** As the host's helper runs a task with secrets: shell variables that are not exported, the script from a file. */
async function task(command: { script: string }, url: string, around = ''): Promise<{ code: number | null; output: string }> {
  const folder = temporary();
  writeFileSync(join(folder, 'script'), command.script);
  writeFileSync(join(folder, 'secrets'), `${UPLOAD_URL}=${quote(url)}\n`, { mode: 0o600 });
  const child = spawn('sh', ['-c', `. ${folder}/secrets; . ${folder}/script`], { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: `${around}${process.env['PATH'] ?? ''}` } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

const onHost: UploadOnHost = async ({ url, headers }, file) => {
  const { code, output } = await task(upload(file, headers, 30), url);
  if (code !== 0) throw new Error(output.trim());
};

test('a dump is uploaded by the host without a key, and the store\'s own checksum is compared [BK-10, A-17]', async () => {
  const file = dump();
  expect(await copyOffsite(bucket(), 'd1.sql.gz', file, 60, onHost)).toEqual({ bucket: 'notes-backups', key: 'database/pre-deploy/d1.sql.gz', bytes: 300_000, sha256: file.sha256 });
  expect(createHash('sha256').update(readFileSync(join(s3.directory, 'notes-backups/database/pre-deploy/d1.sql.gz'))).digest('hex')).toBe(file.sha256);
  expect(await bucket().list()).toMatchObject([{ key: 'database/pre-deploy/d1.sql.gz', bytes: 300_000 }]);
  // A second attempt finds it there and sends nothing.
  expect(await copyOffsite(bucket(), 'd1.sql.gz', file, 60, () => Promise.reject(new Error('sent again')))).toMatchObject({ bytes: 300_000 });
  await bucket().remove('database/pre-deploy/d1.sql.gz');
  expect(await bucket().list()).toEqual([]);
});

test('an upload is good for the very dump only: other bytes, more or fewer, are refused by the store [BK-10]', async () => {
  const file = dump();
  const signed = await bucket().signUpload('database/pre-deploy/d2.sql.gz', file, 60);
  const original = readFileSync(file.path);
  for (const other of [Buffer.from(original).fill(0, 0, 1), original.subarray(1), Buffer.concat([original, Buffer.from('x')])]) {
    writeFileSync(file.path, other);
    await expect(onHost(signed, file)).rejects.toThrow(`${file.path} could not be copied away`);
    await expect(bucket().verify('database/pre-deploy/d2.sql.gz', file)).rejects.toThrow('cannot read database/pre-deploy/d2.sql.gz in bucket notes-backups');
  }
  const other = await bucket().signUpload('database/pre-deploy/other.sql.gz', file, 60);
  writeFileSync(file.path, original);
  await expect(onHost({ ...signed, url: other.url.replace('other.sql.gz', 'd2.sql.gz') }, file)).rejects.toThrow('could not be copied away: SignatureDoesNotMatch');
  await expect(onHost({ ...signed, headers: {} }, file)).rejects.toThrow('could not be copied away');
});

test('a copy that the store changed, or that has no checksum, is not taken for one [A-17] [F33]', async () => {
  const file = dump();
  await copyOffsite(bucket(), 'd3.sql.gz', file, 60, onHost);
  await expect(bucket().verify('database/pre-deploy/d3.sql.gz', { ...file, sha256: 'ab'.repeat(32) })).rejects.toThrow(`the copy database/pre-deploy/d3.sql.gz in bucket notes-backups has another SHA-256 than ${file.path}`);
  await expect(bucket().verify('database/pre-deploy/d3.sql.gz', { ...file, bytes: 7 })).rejects.toThrow('has 300000 bytes and not 7');
  // Put there by another program, without a checksum.
  writeFileSync(join(s3.directory, 'notes-backups/database/pre-deploy/d4.sql.gz'), readFileSync(file.path));
  await expect(bucket().verify('database/pre-deploy/d4.sql.gz', file)).rejects.toThrow('has no SHA-256: nobody knows whether it is whole');
  // An upload that says it worked and did nothing.
  await expect(copyOffsite(bucket(), 'd5.sql.gz', file, 60, () => Promise.resolve())).rejects.toThrow('cannot read database/pre-deploy/d5.sql.gz in bucket notes-backups');
});

test('the right to write is tried beforehand, leaves nothing, and its lack has a name [A-45]', async () => {
  await bucket({ prefix: 'tried' }).canWrite();
  const folder = join(s3.directory, 'notes-backups/tried');
  expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
  await expect(bucket({}, 'wrong').canWrite()).rejects.toThrow(/^cannot write to bucket notes-backups at http:\S+: SignatureDoesNotMatch/);
  await expect(bucket({ bucket: 'gone' }).canWrite()).rejects.toThrow(/^cannot write to bucket gone at http:\S+: NoSuchBucket/);
  await expect(bucket({ bucket: 'gone' }).list()).rejects.toThrow(/^cannot list bucket gone/);
  await expect(bucket({ endpoint: 'http://127.0.0.1:9' }).canWrite()).rejects.toThrow(/^cannot write to bucket notes-backups at http:\/\/127\.0\.0\.1:9: .*ECONNREFUSED/);
});

test('neither the signed address nor a key is on a command line or in what the upload says [A-42]', async () => {
  const file = dump();
  const signed = await bucket().signUpload('database/pre-deploy/d6.sql.gz', file, 60);
  expect([signed.url.includes(s3.secretKey), upload(file, signed.headers, 30).script.includes('X-Amz')]).toEqual([false, false]);
  const folder = temporary();
  const real = spawnSync('sh', ['-c', 'command -v curl'], { encoding: 'utf8' }).stdout.trim();
  writeFileSync(join(folder, 'curl'), `#!/bin/sh\ntr '\\0' ' ' < /proc/$$/cmdline > ${folder}/seen; tr '\\0' ' ' < /proc/$PPID/cmdline >> ${folder}/seen; env >> ${folder}/seen\nexec ${real} "$@"\n`, { mode: 0o755 });
  const { code, output } = await task(upload(file, signed.headers, 30), signed.url, `${folder}:`);
  expect([code, output]).toEqual([0, `${file.path}: 300000 bytes sent\n`]);
  expect(readFileSync(join(folder, 'seen'), 'utf8')).toMatch(/--upload-file/);
  expect(readFileSync(join(folder, 'seen'), 'utf8')).not.toMatch(/X-Amz/);
  expect((await task(upload(file, signed.headers, 30), signed.url.replace(/X-Amz-Signature=\w{8}/, 'X-Amz-Signature=00000000'))).output).toBe(`${file.path} could not be copied away: SignatureDoesNotMatch (HTTP 403)\n`);
});

test('a file above what one upload holds is refused before anything is sent', async () => {
  await expect(bucket().signUpload('x', { path: '/x', bytes: 6 * 1024 ** 3, sha256: 'ab'.repeat(32) }, 60)).rejects.toThrow('/x has 6442450944 bytes: one upload holds at most 5368709120');
});
