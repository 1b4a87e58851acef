import { accepts } from './accepts';
import { leaderOf } from './cgroup';
import { exec } from './exec';
import { runInside } from './inside';
import { lastWords } from './machine';
import type { HostRecord } from './record';
import { until } from './wait';

/**
 * Waits until the host has finished booting: a PID 1 other than `before`, sshd answering with the pinned key, systemd
 * done with all its jobs. Failed units do not count: a host may be meant to have one.
 */
export async function waitUntilReady(record: HostRecord, hostKey: string, ended: Promise<void>, before?: number): Promise<void> {
  let off = false;
  void ended.catch(() => undefined).then(() => (off = true));
  const explain = (): string => lastWords(record);
  const alive = <T>(value: T | undefined): T | undefined => {
    if (off && value === undefined) throw new Error(`Test host ${record.name} went off while booting: ${explain()}`);
    return value;
  };
  const what = `The start of test host ${record.name}`;
  const leader = await until(what, () => {
    const pid = leaderOf(record);
    return alive(pid === before ? undefined : pid);
  }, { explain });
  await until(what, async () => alive((await accepts(record.address, 22)) || undefined), { explain });
  await until(what, async () => alive(await offers(record.address, hostKey)), { explain });
  await until(what, async () => {
    const state = await runInside(record, leader, 'systemctl is-system-running --wait');
    return alive(/^(running|degraded)/.test(state.stdout) || undefined);
  }, { explain });
}

async function offers(address: string, hostKey: string): Promise<true | undefined> {
  const scan = await exec('ssh-keyscan', ['-T', '2', '-t', 'ed25519', address]);
  const offered = /ssh-ed25519 \S+/.exec(scan.stdout)?.[0];
  if (offered !== undefined && offered !== hostKey) throw new Error(`${address} offers another host key than the one pinned: ${offered}`);
  return offered === undefined ? undefined : true;
}
