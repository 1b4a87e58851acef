import type { RunRef, RunState, Sternway } from '../../client';
import { withClient } from '../connect';
import { askedBy, readContext, type Context } from '../context';
import { EXIT } from '../exit-codes';
import { followRun } from '../follow-run';
import type { AskOptions, EnvironmentOptions, FollowingOptions, ServerOptions } from '../options';
import { jsonLine } from '../render/json';
import { stdout } from '../screen';
import { Stop } from '../stop';

type Options = EnvironmentOptions & ServerOptions & AskOptions & FollowingOptions & { deployment?: string; takeOver?: true };

export async function rollback(options: Options): Promise<void> {
  const context = readContext(options);
  const code = await withClient(options, async (sternway) => {
    await checkMeant(sternway, context, options.deployment);
    const run = await ask(sternway, context, options);
    if (!options.follow) {
      stdout.write(options.json ? `${jsonLine({ v: 1, type: 'requested', run: run.run })}\n` : `the rollback is under way; ${context.command('follow')}\n`);
      return EXIT.running;
    }
    // A request that arrives when the deployment has just ended well finds nobody to turn back: what is live now is taken back.
    let again = 1;
    const onEnd = async ({ ended }: RunState): Promise<RunRef | undefined> => {
      const tooLate = ended?.outcome === 'deployed' && ended.failure === null && again-- > 0;
      return tooLate ? await ask(sternway, context, options) : undefined;
    };
    return await followRun(sternway, context, run, { json: options.json === true, timeout: options.timeout, wish: 'rollback', onEnd });
  });
  throw new Stop(code);
}

async function ask(sternway: Sternway, { target }: Context, options: Options): Promise<RunRef> {
  const { by, via, reason } = askedBy(options);
  return await sternway.requestRollback({
    ...target,
    by,
    via,
    reason: reason || 'rollback',
    ...(options.deployment === undefined ? {} : { deployment: options.deployment }),
    ...(options.takeOver ? { takeOver: true } : {}),
  });
}

/** A run that is not the one meant would let the request pass by. */
async function checkMeant(sternway: Sternway, { target, command }: Context, meant: string | undefined): Promise<void> {
  if (meant === undefined) return;
  const newest = await sternway.newest(target);
  if (newest?.status !== 'running' || newest.workflow === 'rollback' || newest.deployment === meant) return;
  throw new Stop(EXIT.refused, `${target.app}/${target.environment} is held by ${newest.deployment ?? 'another deployment'}, not by ${meant}: nothing was asked for; ${command('follow')} shows it`);
}
