import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, HeadObjectCommand, ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deleteImage, raiseHost, saveImage, type TargetHost } from '../../testbed';
import { accepts } from '../../testbed/accepts';
import { startS3, type S3 } from '../../testbed/s3';

function client(s3: S3, secretAccessKey = s3.secretKey): S3Client {
  return new S3Client({ endpoint: s3.endpoint, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1, credentials: { accessKeyId: s3.accessKey, secretAccessKey } });
}

const port = (s3: S3): number => Number(new URL(s3.endpoint).port);

test('an S3 server on loopback keeps objects with their checksums, refuses another key, and is gone when stopped', async () => {
  const [one, two] = await Promise.all([startS3(), startS3({ buckets: ['only'] })]);
  try {
    const { Buckets = [] } = await client(one).send(new ListBucketsCommand({}));
    expect(Buckets.map(({ Name }) => Name)).toEqual(['notes-backups', 'notes-media']);
    await client(one).send(new PutObjectCommand({ Bucket: 'notes-backups', Key: 'a/b', Body: 'dump', ChecksumAlgorithm: 'SHA256' }));
    const head = await client(one).send(new HeadObjectCommand({ Bucket: 'notes-backups', Key: 'a/b', ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({ ContentLength: 4, ChecksumSHA256: createHash('sha256').update('dump').digest('base64') });
    expect(readFileSync(join(one.directory, 'notes-backups/a/b'), 'utf8')).toBe('dump');
    await expect(client(one, 'wrong').send(new ListBucketsCommand({}))).rejects.toThrow(/signature/i);
    await expect(client({ ...two, accessKey: one.accessKey }, one.secretKey).send(new ListBucketsCommand({}))).rejects.toThrow(/access key/i);
  } finally {
    await Promise.all([one.stop(), two.stop()]);
  }
  expect(await accepts('127.0.0.1', port(one))).toBe(false);
  expect(existsSync(one.directory)).toBe(false);
});

describe('an S3 server beside a host', () => {
  let host: TargetHost;
  let s3: S3;
  beforeAll(async () => {
    host = await raiseHost({ name: 'testbed-s3' });
    s3 = await startS3({ host });
  });
  afterAll(async () => {
    await s3.stop();
    await host.remove();
  });

  // As an upload is done: this machine signs an address, and the host uses it.
  const put = async (on: TargetHost, at: S3, endpoint: string, key: string) => {
    const url = await getSignedUrl(client({ ...at, endpoint }), new PutObjectCommand({ Bucket: 'notes-media', Key: key }));
    return on.run(`curl -sS -f --data-binary @- -X PUT '${url}'`, { input: key });
  };
  const get = async (at: S3, Key: string): Promise<string> => (await (await client(at).send(new GetObjectCommand({ Bucket: 'notes-media', Key }))).Body?.transformToString()) ?? '';

  test('is reached from the host under both of its addresses, and from this machine under one', async () => {
    expect(s3.endpointOnHost).toBe('http://10.215.0.1:9710');
    expect(await put(host, s3, s3.endpointOnHost, 'stable')).toMatchObject({ code: 0, stderr: '' });
    expect(await put(host, s3, s3.endpoint, 'own')).toMatchObject({ code: 0, stderr: '' });
    expect(await get(s3, 'stable')).toBe('stable');
    expect(await get(s3, 'own')).toBe('own');
  });

  test('runs outside of it: no process on the host, and it outlives the loss of the host', async () => {
    expect((await host.run('pgrep -f versitygw')).code).toBe(1);
    await host.kill();
    expect(await get(s3, 'stable')).toBe('stable');
    await host.start();
    expect((await put(host, s3, s3.endpointOnHost, 'after')).code).toBe(0);
  });

  test('is saved with an image of the host: same keys and objects, and each host raised from it has its own copy', async () => {
    const image = `test-s3-${process.pid}`;
    await s3.stop();
    await saveImage(host, image);
    const [left, right] = await Promise.all([raiseHost({ image }), raiseHost({ image })]);
    const [leftS3, rightS3] = await Promise.all([startS3({ host: left }), startS3({ host: right })]);
    try {
      expect(leftS3.secretKey).toBe(s3.secretKey);
      expect(await get(leftS3, 'stable')).toBe('stable');
      expect((await put(left, leftS3, leftS3.endpointOnHost, 'left')).code).toBe(0);
      expect(await get(leftS3, 'left')).toBe('left');
      await expect(get(rightS3, 'left')).rejects.toThrow(/does not exist/);
    } finally {
      await rightS3.stop();
      await right.remove();
      await deleteImage(image);
      [host, s3] = [left, leftS3];
    }
  });
});
