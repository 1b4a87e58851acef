import { loadavg } from 'node:os';
import type { TargetHost } from '../testbed';
import { hostCpu } from './cpu';
import type { Round, Way } from './way';
import { bashWay } from './ways/bash';
import { ledgerWay } from './ways/ledger';
import { ssh2Way } from './ways/ssh2';
import { sternwayWay } from './ways/sternway';

/** A round, with this machine's load average after it. Its `cpu` has a part `host`: everything on the target. */
export interface Measured extends Round {
  readonly load: number;
}

/** All rounds of one way, in the order in which they were run. */
export interface Compared {
  readonly name: Way['name'];
  readonly title: string;
  readonly rounds: readonly Measured[];
}

/**
 * The twenty commands in every way on one host, round after round, each round beginning with another way so that none always
 * follows the same one. A first round of each warms up and does not count. `onRound` is told before each.
 */
export async function compare(target: TargetHost, rounds: number, onRound: (number: number) => void = () => undefined): Promise<Compared[]> {
  const ways: Way[] = [];
  try {
    for (const open of [bashWay, ssh2Way, ledgerWay, sternwayWay]) ways.push(await open(target));
    for (const way of ways) await way.round();
    const found = new Map(ways.map(({ name, title }) => [name, { name, title, rounds: [] as Measured[] }]));
    for (let number = 0; number < rounds; number++) {
      onRound(number + 1);
      for (let n = 0; n < ways.length; n++) {
        const way = ways[(number + n) % ways.length];
        if (way) found.get(way.name)?.rounds.push(await measured(way, target));
      }
    }
    return [...found.values()];
  } finally {
    for (const way of ways.reverse()) await way.end();
  }
}

async function measured(way: Way, target: TargetHost): Promise<Measured> {
  const before = hostCpu(target);
  const round = await way.round();
  return { ...round, cpu: { ...round.cpu, host: hostCpu(target) - before }, load: loadavg()[0] ?? 0 };
}
