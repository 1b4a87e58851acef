import type { RunSummary, Sternway } from '../../client';
import { withClient } from '../connect';
import { readContext, type Context } from '../context';
import { EXIT } from '../exit-codes';
import { followRequest } from '../follow-request';
import { followRun } from '../follow-run';
import type { EnvironmentOptions, ServerOptions } from '../options';
import { Stop } from '../stop';

type Options = EnvironmentOptions & ServerOptions & { timeout?: number };

export async function follow(deployment: string | undefined, options: Options): Promise<void> {
  const context = readContext(options);
  const code = await withClient(options, async (sternway) => {
    const waits = deployment === undefined ? undefined : await sternway.requests.of(context.target, deployment);
    if (waits?.waiting) return await followRequest(sternway, context, waits.deployment, { json: options.json === true, timeout: options.timeout, wish: 'deploy' });
    const run = await findRun(sternway, context, deployment);
    return await followRun(sternway, context, run, { json: options.json === true, timeout: options.timeout });
  });
  throw new Stop(code);
}

/** The run that is meant. @throws Stop when Temporal knows none: it keeps closed runs for a time only */
export async function findRun(sternway: Sternway, { target, command }: Context, deployment: string | undefined): Promise<RunSummary> {
  const found = deployment === undefined ? await sternway.newest(target) : await sternway.find(target, deployment);
  if (found) return found;
  const name = `${target.app}/${target.environment}`;
  throw new Stop(EXIT.refused, `Temporal knows no ${deployment === undefined ? 'run' : `deployment ${deployment}`} of ${name}, or no longer; ${command('history')} lists what it knows`);
}
