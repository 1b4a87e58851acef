import { withClient } from '../connect';
import { askedBy, readContext, type Context } from '../context';
import { EXIT } from '../exit-codes';
import type { AskOptions, EnvironmentOptions, ServerOptions } from '../options';
import { jsonLine } from '../render/json';
import { stdout } from '../screen';
import { Stop } from '../stop';
import type { Sternway } from '../../client';

type Options = EnvironmentOptions & ServerOptions & AskOptions & { reason: string };

export async function decide(task: string, answer: 'retry' | 'skip' | 'resolved', options: Options): Promise<void> {
  const context = readContext(options);
  const { by, reason } = askedBy(options);
  await withClient(options, async (sternway) => {
    await checkWaiting(sternway, context, task);
    await sternway.decide(context.target, { task, answer, by, reason });
  });
  stdout.write(options.json ? `${jsonLine({ v: 1, type: 'decided', task, answer, by, reason })}\n` : `${task}: ${answer}; ${context.command('follow')} shows what comes of it\n`);
}

/** Read from the history, so that a mistyped task is answered at once, worker or not. */
async function checkWaiting(sternway: Sternway, { target, command }: Context, task: string): Promise<void> {
  const { running } = await sternway.describe(target);
  const name = `${target.app}/${target.environment}`;
  if (!running) throw new Stop(EXIT.refused, `nothing runs on ${name}, so nothing waits for a decision; ${command('status')}`);
  const waiting = [...running.state.questions.keys()];
  if (waiting.includes(task)) return;
  throw new Stop(EXIT.refused, `${task} is not waiting for a decision on ${name}; ${waiting.length > 0 ? `waiting: ${waiting.join(', ')}` : 'nothing is'}`);
}
