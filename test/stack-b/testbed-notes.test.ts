import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { raiseNotes, type NotesHost } from '../../testbed/notes';
import { exec } from '../../testbed/exec';

interface Answer {
  status: number | undefined;
  body: Record<string, unknown>;
}

/** Asks as a client on this machine does: over the network, with the authority's certificate and nothing else. */
function ask(notes: NotesHost, path: string, options: { token?: string; json?: unknown } = {}): Promise<Answer> {
  const headers = { ...(options.token && { Authorization: `Bearer ${options.token}` }), 'Content-Type': 'application/json' };
  return new Promise((resolve, reject) => {
    const asked = request({ host: notes.host.address, servername: 'notes.test', ca: readFileSync(notes.caPath), path, method: options.json ? 'POST' : 'GET', headers: { ...headers, Host: 'notes.test' } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part)).on('end', () => {
        resolve({ status: answer.statusCode, body: JSON.parse(text) as Record<string, unknown> });
      });
    });
    asked.on('error', reject).end(options.json ? JSON.stringify(options.json) : undefined);
  });
}

async function login(notes: NotesHost): Promise<string> {
  const password = (await notes.host.run('sed -n s/^TEST_USER_PASSWORD=//p /var/www/notes/.env')).stdout.trim();
  return String((await ask(notes, '/api/v1/auth/login/', { json: { email: 'test@example.com', password } })).body['access']);
}

describe.each(['systemd', 'compose'] as const)('notes raised in its %s form', (strategy) => {
  test('is healthy in all of its services, and answers a client outside with media, payments and rows', async () => {
    const notes = await raiseNotes({ strategy, name: `tb-${strategy}` });
    try {
      expect(await ask(notes, '/health/')).toMatchObject({ status: 200, body: { status: 'healthy', version: 'v1.0.0', services: { database: 'connected', cache: 'connected', celery: 'running', storage: 'connected' } } });
      const token = await login(notes);
      expect((await ask(notes, '/api/v1/prompts/', { token })).status).toBe(200);
      expect(await ask(notes, '/api/v1/payments/create-order/', { token, json: { plan_id: 1, amount: 500 } })).toMatchObject({ status: 201, body: { order_id: expect.stringMatching(/^order_/), mode: 'test' } });
      const client = new S3Client({ endpoint: notes.s3.endpoint, region: 'us-east-1', forcePathStyle: true, credentials: { accessKeyId: notes.s3.accessKey, secretAccessKey: notes.s3.secretKey } });
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: 'notes-media' }));
      expect(Contents).toHaveLength(1);
      const { Body } = await client.send(new GetObjectCommand({ Bucket: 'notes-media', Key: Contents[0]?.Key }));
      expect(await Body?.transformToString()).toBe('Minutes of the first meeting.\n');
      const running = await notes.host.run('systemctl is-active mariadb redis-server docker notes-web notes-celery notes-beat nginx');
      expect(running.stdout.trim().split('\n')).toEqual(strategy === 'systemd' ? ['active', 'active', 'inactive', 'active', 'active', 'active', 'active'] : ['inactive', 'inactive', 'active', 'inactive', 'inactive', 'inactive', 'active']);
      expect((await notes.host.run('systemctl is-system-running')).stdout).toBe('running\n');
    } finally {
      await notes.remove();
    }
    // Connecting to an address that is gone may end elsewhere; whether the servers run is seen from their command lines.
    expect((await exec('pgrep', ['-f', `posix ${notes.s3.directory}`])).code).toBe(1);
    expect(existsSync(notes.s3.directory)).toBe(false);
  });
});
