import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { besideOf } from './beside';
import { besideAddress } from './network';
import { NspawnHost } from './nspawn-host';
import { startService } from './service';
import type { TargetHost } from './target-host';

const PORT = 9710;

/** A real S3 server (Versity Gateway over a folder), region us-east-1. Clients must use path-style addresses. */
export interface S3 {
  /** `http://address:port`, reached from this machine; from the host as well when the server was started beside one. */
  endpoint: string;
  /** The same for settings on the host and in its containers: one address on all hosts. Without a host, as `endpoint`. */
  endpointOnHost: string;
  accessKey: string;
  secretKey: string;
  buckets: string[];
  /** The objects: `<directory>/<bucket>/<key>`. */
  directory: string;
  stop(): Promise<void>;
}

/**
 * Starts it with random keys and these buckets. Without a host: on this machine's loopback, and its objects go when it is
 * stopped. Beside a host: in the host's network; keys and objects are part of an image saved of the host, and are there
 * again when it is started beside a host raised from that.
 */
export async function startS3(options: { host?: TargetHost; buckets?: string[] } = {}): Promise<S3> {
  const { host, buckets = ['notes-media', 'notes-backups'] } = options;
  const { prepare } = await import('../tools/prepare.mjs');
  const gateway = (await prepare(['versitygw']))['versitygw']?.path ?? '';
  const home = homeOf(host);
  const directory = join(home, 'buckets');
  for (const bucket of buckets) mkdirSync(join(directory, bucket), { recursive: true });
  const { accessKey, secretKey } = keysIn(home);
  const address = host?.address ?? '127.0.0.1';
  const port = host ? PORT : await freePort();
  const listens = host ? [address, besideAddress] : [address];
  const service = await startService({
    what: 'the S3 server',
    command: [gateway, '--quiet', ...listens.flatMap((one) => ['--port', `${one}:${port}`]), 'posix', directory],
    env: { ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey },
    address,
    port,
    ...(host && { host }),
  });
  return {
    endpoint: `http://${address}:${port}`,
    endpointOnHost: `http://${listens.at(-1) ?? address}:${port}`,
    accessKey,
    secretKey,
    buckets,
    directory,
    stop: async () => {
      await service.stop();
      if (!host) rmSync(home, { recursive: true });
    },
  };
}

function homeOf(host: TargetHost | undefined): string {
  if (host === undefined) return mkdtempSync(join(tmpdir(), 's3-'));
  if (!(host instanceof NspawnHost)) throw new Error(`${host.name} was not raised by raiseHost: no S3 server can be run beside it.`);
  const home = join(besideOf(host.record), 's3');
  mkdirSync(home, { recursive: true });
  return home;
}

function keysIn(home: string): { accessKey: string; secretKey: string } {
  const path = join(home, 'keys.json');
  if (!existsSync(path)) writeFileSync(path, JSON.stringify({ accessKey: `TEST${randomBytes(8).toString('hex').toUpperCase()}`, secretKey: randomBytes(20).toString('hex') }), { mode: 0o600 });
  return JSON.parse(readFileSync(path, 'utf8')) as { accessKey: string; secretKey: string };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
  });
}
