import type { Client } from 'ssh2';
import { connectSsh } from '../../src/hosts/ssh';
import type { TargetHost } from '../../testbed';
import { ownCpu } from '../cpu';
import { inTurn } from '../in-turn';
import type { Way } from '../way';

/** One exec channel a command, on a kept ssh2 connection without Nagle's delay: the least that Node can do without a program of its own on the host. */
export async function ssh2Way(target: TargetHost): Promise<Way> {
  const { name, address, port, user, hostKey, privateKeyPath: key } = target;
  const client = await connectSsh({ name, address, port, user, hostKey, key });
  return {
    name: 'ssh2',
    title: 'ssh2, a channel a command',
    async round() {
      const before = ownCpu();
      const { total, steps } = await inTurn(() => exec(client));
      return { total, steps, cpu: { controller: ownCpu() - before } };
    },
    async end() {
      client.end();
    },
  };
}

function exec(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.exec('true', (error, channel) => {
      if (error) return reject(error);
      channel.resume();
      channel.stderr.resume();
      channel.on('close', (code: number | null) => (code === 0 ? resolve() : reject(new Error(`true ended with ${String(code)}`))));
    });
  });
}
