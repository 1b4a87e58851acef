import { randomBytes } from 'node:crypto';
import { sh } from '../../src/commands/remote-command';
import { Host } from '../../src/hosts/host';
import type { TargetHost } from '../../testbed';
import { ownCpu } from '../cpu';
import { inTurn } from '../in-turn';
import type { Way } from '../way';

const STATE = '/var/lib/sternway';

/** The ledger on the host without Temporal: claim, twenty tasks with record, fence, syncs and cgroup, and the claim closed. */
export async function ledgerWay(target: TargetHost): Promise<Way> {
  const { name, address, port, user, hostKey, privateKeyPath: key } = target;
  const host = new Host({ name, address, port, user, hostKey, key, state: STATE, sudo: true });
  const { cgroup } = await host.hello();
  if (!cgroup) throw new Error(`${name} gives tasks no cgroup of their own, so this would not measure what Sternway does.`);
  const root = `${STATE}/bench/ledger`;
  return {
    name: 'ledger',
    title: "Sternway's ledger alone",
    async round() {
      const deployment = `bench-${randomBytes(4).toString('hex')}`;
      const before = ownCpu();
      const begun = performance.now();
      const { claim } = await host.claim(root, { holder: deployment, deployment, by: 'bench' });
      const programs: number[] = [];
      const { steps } = await inTurn(async (n) => {
        const task = { holder: deployment, epoch: claim.epoch, deployment, step: `${n}-true`, command: sh(['true']), limit: 60, by: 'bench' };
        const { state, code, seconds } = await host.start(root, task);
        if (state !== 'ended' || code !== 0) throw new Error(`task ${n} of ${deployment}: ${state}, exit code ${String(code)}`);
        programs.push((seconds ?? 0) * 1000);
      });
      await host.close(root, { holder: deployment, epoch: claim.epoch }, 'deployed');
      return { total: performance.now() - begun, steps, programs, cpu: { controller: ownCpu() - before } };
    },
    async end() {
      await host.disconnect();
    },
  };
}
