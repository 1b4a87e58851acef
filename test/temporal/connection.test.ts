import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/config/user-error';
import { connectClient, connectWorker } from '../../src/temporal/connection';
import { requireTemporal } from '../../src/temporal/find-executable';
import { startLocalServer, type LocalServer } from '../../src/temporal/local-server';
import { freePort } from '../../src/temporal/ports';

const long = 60_000;
let server: LocalServer;
let directory: string;
const ends: (() => unknown)[] = [];
const before = { ...process.env };

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'connection-'));
  server = await startLocalServer({ executable: requireTemporal(), ui: false });
}, long);
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  process.env = { ...before };
});
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

/** Both ways of connecting; each gives back what ends it. */
const ways = {
  client: async (address: string, namespace?: string) => {
    const client = await connectClient({ address, namespace });
    return { namespace: client.options.namespace, close: () => client.connection.close() };
  },
  worker: async (address: string, namespace?: string) => {
    const worker = await connectWorker({ address, namespace });
    return { namespace: worker.namespace, close: () => worker.connection.close() };
  },
};

/** Listens, hands every connection to `serve`, and returns the address; closed after the test. */
async function listening(listener: net.Server): Promise<string> {
  const open = new Set<net.Socket>();
  listener.on('connection', (socket: net.Socket) => open.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    for (const socket of open) socket.destroy();
    listener.close();
  });
  return `127.0.0.1:${(listener.address() as AddressInfo).port}`;
}

describe.each(Object.entries(ways))('as a %s', (_name, connect) => {
  const refusal = async (address: string, namespace?: string): Promise<{ message: string; seconds: number }> => {
    const begun = Date.now();
    const error: unknown = await connect(address, namespace).then(
      () => 'it connected',
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UserError);
    return { message: (error as UserError).message, seconds: (Date.now() - begun) / 1000 };
  };

  test('connects to the namespace that the settings name', async () => {
    process.env.TEMPORAL_NAMESPACE = 'default';
    const { namespace, close } = await connect(server.address);
    expect(namespace).toBe('default');
    await close();
  }, long);

  test('says at once that nothing listens there, and what to do', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const { message, seconds } = await refusal(address);
    expect(message).toBe(
      `The Temporal server at ${address} cannot be reached (nothing listens there): start one with \`sternway server\`, or set TEMPORAL_ADDRESS and, where it asks for it, TEMPORAL_TLS to those of yours.`,
    );
    expect(seconds).toBeLessThan(2);
  }, long);

  test('gives up within 5 s on something that takes connections and never answers', async () => {
    const address = await listening(net.createServer(() => undefined));
    const { message, seconds } = await refusal(address);
    expect(message).toMatch(/^The Temporal server at .* cannot be reached \(.+\): start one/);
    expect(seconds).toBeLessThan(5);
  }, long);

  test('gives up within 5 s when only one side speaks TLS', async () => {
    process.env.TEMPORAL_TLS = 'true';
    const { message, seconds } = await refusal(server.address);
    expect(message).toMatch(/cannot be reached \(.+\): .*TEMPORAL_TLS/);
    expect(seconds).toBeLessThan(5);
  }, long);

  test('names a namespace that does not exist', async () => {
    const { message } = await refusal(server.address, 'elsewhere');
    expect(message).toBe(`The Temporal server at ${server.address} has no namespace "elsewhere": create it (\`temporal operator namespace create elsewhere\`), or set TEMPORAL_NAMESPACE.`);
  }, long);

  test('says when its credentials are refused, and sends the API key as a bearer token', async () => {
    const sent = new Set<string | undefined>();
    const refusing = http2.createServer();
    refusing.on('stream', (stream, headers) => {
      sent.add(headers.authorization);
      const known = headers[':path']?.endsWith('/GetSystemInfo');
      if (!known) return stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '16', 'grpc-message': 'no' }, { endStream: true });
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.alloc(5));
    });
    process.env.TEMPORAL_API_KEY = 'key-of-ours';
    process.env.TEMPORAL_TLS = 'false';
    const address = await listening(refusing);
    const { message } = await refusal(address);
    expect(message).toBe(`The Temporal server at ${address} refuses us the namespace "default": check TEMPORAL_API_KEY or the client certificate (TEMPORAL_TLS_CLIENT_CERT_PATH), and TEMPORAL_NAMESPACE.`);
    expect([...sent]).toEqual(['Bearer key-of-ours']);
  }, long);

  test('gets through mutual TLS with the certificate from the settings, and not without', async () => {
    const authority = certificate('authority');
    const theirs = certificate('server', authority);
    const ours = certificate('client', authority);
    // The development server speaks no TLS: this one in front of it does, for us alone.
    const gate = tls.createServer({ key: theirs.key, cert: theirs.crt, ca: authority.crt, requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['h2'] }, (socket) => {
      const through = net.connect(Number(server.address.split(':')[1]), '127.0.0.1').on('error', () => socket.destroy());
      socket.on('error', () => through.destroy()).pipe(through).pipe(socket);
    });
    const address = (await listening(gate)).replace('127.0.0.1', 'localhost');
    process.env.TEMPORAL_TLS_SERVER_CA_CERT_PATH = authority.path;
    expect((await refusal(address)).message).toContain('cannot be reached');
    process.env.TEMPORAL_TLS_CLIENT_CERT_PATH = ours.path;
    process.env.TEMPORAL_TLS_CLIENT_KEY_PATH = ours.keyPath;
    await (await connect(address)).close();
    process.env.TEMPORAL_TLS_SERVER_CA_CERT_PATH = certificate('stranger').path;
    expect((await refusal(address)).message).toContain('cannot be reached');
  }, long);
});

interface Certificate {
  readonly crt: Buffer;
  readonly key: Buffer;
  readonly path: string;
  readonly keyPath: string;
}

/** Signed by `authority`; without one, an authority. */
function certificate(name: string, authority?: Certificate): Certificate {
  const file = path.join(directory, `${name}.crt`);
  const keyPath = path.join(directory, `${name}.key`);
  const kind = authority ? ['-CA', authority.path, '-CAkey', authority.keyPath, '-addext', 'basicConstraints=CA:FALSE', '-addext', 'subjectAltName=DNS:localhost'] : [];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  execFileSync('openssl', ['req', '-x509', ...curve, '-nodes', '-days', '2', '-subj', `/CN=${name}`, ...kind, '-keyout', keyPath, '-out', file], { stdio: 'ignore' });
  return { crt: readFileSync(file), key: readFileSync(keyPath), path: file, keyPath };
}
