import type { Runs, Target } from './runs';

/** What a drill of an environment would rehearse, by Temporal's history; or why there is nothing yet. */
export type Rehearsable = { readonly release: string; readonly deployment: string; readonly previous: string } | { readonly why: string };

/** Reads what is live and what was live before it; needs no worker. */
export async function rehearsable(runs: Runs, target: Target): Promise<Rehearsable> {
  const name = `${target.app}/${target.environment}`;
  const { head } = await runs.describe(target);
  if (head === null || head.release === null || head.deployment === null) return { why: `Temporal knows of no deployment that is live on ${name}, so there is none to rehearse` };
  const previous = (await runs.state(head)).plan?.previous ?? null;
  if (previous === null) return { why: `what was live on ${name} before ${head.release} is not known, so there is nothing to go back to` };
  return { release: head.release, deployment: head.deployment, previous };
}
