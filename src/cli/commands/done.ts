import { UserError } from '../../config/user-error';
import type { FollowUps } from '../../client';
import { withClient } from '../connect';
import { askedBy, readContext, type Context } from '../context';
import { EXIT } from '../exit-codes';
import type { AskOptions, EnvironmentOptions, ServerOptions } from '../options';
import { jsonLine } from '../render/json';
import { stdout } from '../screen';
import { Stop } from '../stop';
import { isOpen } from './tasks';

type Options = EnvironmentOptions & ServerOptions & AskOptions & { deployment?: string; note?: string };

export async function done(task: string, options: Options): Promise<void> {
  const context = readContext(options);
  const { by } = askedBy(options);
  const { note } = options;
  const of = await withClient(options, async (sternway) => {
    const meant = pick(await sternway.followUps(context.target), context, task, options.deployment);
    await sternway.done(meant, { task, by, ...(note === undefined ? {} : { note }) });
    return meant.deployment;
  });
  stdout.write(options.json ? `${jsonLine({ v: 1, type: 'done', task, deployment: of, by, note: note ?? null })}\n` : `${task} of ${of}: done\n`);
}

/** Where it is open. @throws Stop where it is not, UserError where that is not clear */
function pick(all: readonly FollowUps[], { target, command }: Context, task: string, deployment: string | undefined): FollowUps {
  const open = all.filter((each) => each.open && (deployment === undefined || each.deployment === deployment));
  const found = open.filter((each) => each.tasks.some((item) => item.name === task && isOpen(item)));
  const [first] = found;
  if (first && found.length === 1) return first;
  if (first) throw new UserError(`${task} is open for several deployments (${found.map((each) => each.deployment).join(', ')}): say which with --deployment`);
  const names = [...new Set(open.flatMap((each) => each.tasks.filter(isOpen).map(({ name }) => name)))];
  throw new Stop(EXIT.refused, `${task} is not open on ${target.app}/${target.environment}${deployment === undefined ? '' : ` for ${deployment}`}; ${names.length > 0 ? `open: ${names.join(', ')}` : `nothing is; ${command('tasks', '--all')}`}`);
}
