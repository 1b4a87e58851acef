import { killCgroup, leaderOf, raiseCgroups } from './cgroup';
import { rootOf } from './disk';
import { quote, tarOf } from './exec';
import { privateKeyOf } from './identity';
import { runInside } from './inside';
import { boot } from './machine';
import { waitUntilReady } from './ready';
import type { HostRecord } from './record';
import { removeHost } from './removal';
import type { RunResult, TargetHost } from './target-host';
import { until } from './wait';

/** A test host as a systemd-nspawn machine. Its disk, network and identity exist already. */
export class NspawnHost implements TargetHost {
  readonly name: string;
  readonly address: string;
  readonly port = 22;
  readonly user = 'deploy';
  readonly privateKeyPath: string;
  readonly root: string;
  private ended: Promise<void> = Promise.resolve();

  constructor(readonly record: HostRecord, readonly hostKey: string) {
    this.name = record.name;
    this.address = record.address;
    this.privateKeyPath = privateKeyOf(record);
    this.root = rootOf(record);
  }

  async run(command: string, options: { user?: string; input?: string | Buffer } = {}): Promise<RunResult> {
    return runInside(this.record, this.leader(), command, options);
  }

  async put(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
    // Through cat, because what Node gives as standard input is a socket, which cannot be opened by name.
    const result = await this.run(`cat | install -D -m ${mode.toString(8)} /dev/stdin ${quote(path)}`, { input: content });
    if (result.code !== 0) throw new Error(`${path} cannot be written on ${this.name}: ${result.stderr.trim()}`);
  }

  async copyIn(localDirectory: string, path: string): Promise<void> {
    const archive = await tarOf(localDirectory);
    const result = await this.run(`mkdir -p ${quote(path)} && tar -C ${quote(path)} --no-same-owner -xpf -`, { input: archive });
    if (result.code !== 0) throw new Error(`${path} cannot be written on ${this.name}: ${result.stderr.trim()}`);
  }

  async reboot(): Promise<void> {
    const before = this.leader();
    await this.run('systemctl reboot');
    await waitUntilReady(this.record, this.hostKey, this.ended, before);
  }

  async kill(): Promise<void> {
    await killCgroup(this.record);
  }

  async shutDown(): Promise<void> {
    await this.run('systemctl poweroff');
    let off = false;
    void this.ended.then(() => (off = true));
    await until(`The shutdown of test host ${this.name}`, () => off || undefined);
    await killCgroup(this.record);
  }

  async start(): Promise<void> {
    if (leaderOf(this.record) !== undefined) throw new Error(`Test host ${this.name} is running already: kill it or shut it down first.`);
    raiseCgroups(this.record);
    this.ended = boot(this.record).ended;
    await waitUntilReady(this.record, this.hostKey, this.ended);
  }

  async remove(): Promise<void> {
    await removeHost(this.record);
  }

  private leader(): number {
    const leader = leaderOf(this.record);
    if (leader === undefined) throw new Error(`Test host ${this.name} is not running: start it first.`);
    return leader;
  }
}
