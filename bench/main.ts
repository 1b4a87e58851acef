import { benchReleases } from './releases';
import { benchSteps } from './steps';

export interface Wanted {
  readonly what: 'steps' | 'releases' | undefined;
  readonly rounds: number;
  readonly runs: number;
  /** As it was typed, for the results. */
  readonly command: string;
}

/** @returns the exit code: 1 when a budget was exceeded */
export async function main({ what, rounds, runs, command }: Wanted): Promise<number> {
  const say = (line: string): void => console.log(line);
  const kept = what === 'releases' || (await benchSteps(rounds, command, say));
  if (what !== 'steps') await benchReleases(runs, command, say);
  return kept ? 0 : 1;
}
