import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import type { Socket } from 'node:net';
import { Client, utils, type ConnectConfig, type ClientChannel } from 'ssh2';
import { ConnectionLost, HostRefused } from './failures';

/** Where and as whom to connect. `hostKey` is the pinned public key, `algorithm base64`. */
export interface SshTarget {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly key?: string;
  readonly agent?: boolean;
  readonly hostKey: string;
  readonly bastion?: SshTarget;
}

const CONNECT_MS = 15_000;
const KEEPALIVE_MS = 3_000;

/** An authenticated connection. @throws HostRefused for a wrong host key or refused login, ConnectionLost otherwise. */
export async function connectSsh(target: SshTarget): Promise<Client> {
  const through = target.bastion ? await connectSsh(target.bastion) : undefined;
  try {
    const sock = through ? await forward(through, target) : undefined;
    const client = await open(target, sock);
    if (through) client.once('close', () => through.end());
    return client;
  } catch (error) {
    through?.end();
    throw error;
  }
}

function open(target: SshTarget, sock?: ClientChannel): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    let seen: string | undefined;
    const config: ConnectConfig = {
      host: target.address,
      port: target.port,
      username: target.user,
      readyTimeout: CONNECT_MS,
      keepaliveInterval: KEEPALIVE_MS,
      keepaliveCountMax: 3,
      // The pinned key's own algorithm first, so that a server with several keys shows the one that we know; then the rest, to see what it shows instead.
      algorithms: { serverHostKey: keyAlgorithms(target.hostKey) as never },
      hostVerifier: (key: Buffer) => {
        seen = key.toString('base64');
        return seen === target.hostKey.split(/\s+/)[1];
      },
      ...(sock ? { sock } : {}),
      ...(target.agent ? { agent: process.env['SSH_AUTH_SOCK'] ?? '' } : { privateKey: readKey(target) }),
    };
    client.once('ready', () => {
      (client as unknown as { _sock?: Socket })._sock?.setNoDelay?.(true);
      resolve(client);
    });
    // For as long as it lives: a broken connect can give a second error, and an unheard one would end the worker. After the login the channel's end says it.
    client.on('error', (error: Error & { level?: string }) => {
      client.end();
      if (seen !== undefined && seen !== target.hostKey.split(/\s+/)[1]) reject(new HostRefused(wrongKey(target, seen)));
      else if (error.level === 'client-authentication')
        reject(new HostRefused(`${target.name}: ${target.user}@${target.address} does not accept our key; add its public half to ~/.ssh/authorized_keys there`));
      else reject(new ConnectionLost(`${target.name}: no connection to ${target.address}:${target.port} (${error.message})`));
    });
    // Between handshake and login a broken line gives a `close` and no `error`.
    client.once('close', () => reject(new ConnectionLost(`${target.name}: ${target.address}:${target.port} ended the connection before the login was done`)));
    try {
      client.connect(config);
    } catch (error) {
      reject(new HostRefused(`${target.name}: the private key ${target.key ?? ''} cannot be used: ${(error as Error).message}`));
    }
  });
}

function forward(through: Client, target: SshTarget): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    through.forwardOut('127.0.0.1', 0, target.address, target.port, (error, channel) => {
      if (error) reject(new ConnectionLost(`${target.name}: its bastion cannot reach ${target.address}:${target.port} (${error.message})`));
      else resolve(channel);
    });
  });
}

function readKey(target: SshTarget): Buffer {
  const path = (target.key ?? '').replace(/^~(?=\/)/, homedir());
  try {
    return readFileSync(path);
  } catch {
    throw new HostRefused(`${target.name}: the private key ${path} cannot be read on the worker's machine`);
  }
}

const ALGORITHMS = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'rsa-sha2-512', 'rsa-sha2-256'];

function keyAlgorithms(hostKey: string): string[] {
  const algorithm = hostKey.split(/\s+/)[0] ?? '';
  const pinned = algorithm === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [algorithm];
  return [...pinned, ...ALGORITHMS.filter((other) => !pinned.includes(other))];
}

function wrongKey(target: SshTarget, seen: string): string {
  const shown = utils.parseKey(Buffer.from(seen, 'base64'));
  const type = shown instanceof Error ? 'unknown' : shown.type;
  const [pinnedType = '', pinned = ''] = target.hostKey.split(/\s+/);
  return (
    `${target.name}: the host key is not the pinned one; nothing was sent. ` +
    `Shown: ${type} ${seen} (${fingerprint(seen)}). Pinned: ${pinnedType} ${pinned} (${fingerprint(pinned)}). ` +
    `If the host is new or was reinstalled, compare with /etc/ssh/ssh_host_*_key.pub there; if it is the same, the line is: host_key: ${type} ${seen}`
  );
}

/** As ssh-keygen -l prints it. */
function fingerprint(base64: string): string {
  return `SHA256:${createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64').replace(/=+$/, '')}`;
}
