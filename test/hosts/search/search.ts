import type { Host } from '../../../src/hosts/host';
import { raiseHost, type TargetHost } from '../../../testbed';
import { connect } from '../support';
import { Random } from '../../random';
import { Trial } from './trial';

export interface Failure {
  readonly trial: number;
  readonly broken: readonly string[];
}

/** What was seen, so that a search in which nothing happens is noticed. */
export type Tally = Map<string, number>;

/** Trials beside each other on one host; each batch has its own three connections a trial. */
const BESIDE = 4;
/** One batch in so many loses its host's power in the middle. */
const POWER_EVERY = 12;

/** Runs trials `first` to `first + trials - 1` of a seed on a host of its own. A batch always holds the same trials, so that one can be repeated. */
export async function search(seed: number, trials: number, first = 0, told: (line: string) => void = () => undefined): Promise<{ failures: Failure[]; tally: Tally }> {
  const target = await raiseHost({ name: 'search' });
  const hosts = Array.from({ length: BESIDE * 3 }, () => connect(target));
  const failures: Failure[] = [];
  const tally: Tally = new Map();
  try {
    await target.run('mkdir -p /srv/search');
    for (let batch = Math.floor(first / BESIDE); batch * BESIDE < first + trials; batch++) {
      const failed = await runBatch(seed, batch, target, hosts, tally);
      for (const { trial, broken } of failed) told(`trial ${trial} of seed ${seed}: ${broken.join('; ')}`);
      failures.push(...failed);
      if (batch % 25 === 24) told(`${(batch + 1) * BESIDE - first} of ${trials} trials, ${failures.length} failed`);
    }
  } finally {
    await Promise.all(hosts.map((host) => host.disconnect()));
    await target.remove();
  }
  return { failures, tally };
}

async function runBatch(seed: number, batch: number, target: TargetHost, hosts: readonly Host[], tally: Tally): Promise<Failure[]> {
  let cut: Promise<void> | undefined;
  const power = (): Promise<void> => (cut ??= target.kill().then(() => target.start()));
  const results = await Promise.all(
    Array.from({ length: BESIDE }, async (_, index) => {
      const number = batch * BESIDE + index;
      const trial = new Trial(`${seed}-${number}`, new Random(seed * 100_003 + number).below(2 ** 31), hosts.slice(index * 3, index * 3 + 3), { target, power }, batch % POWER_EVERY === POWER_EVERY - 1 && index === 0);
      const broken = await trial.run().catch((error: unknown) => [`the trial itself failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`]);
      for (const seen of trial.tally) tally.set(seen, (tally.get(seen) ?? 0) + 1);
      return { trial: number, broken };
    }),
  );
  return results.filter((result) => result.broken.length > 0);
}
