import { BAKE, type Answer, type BakeAnswer, type Sternway } from '../../client';
import { UserError } from '../../config/user-error';
import { withClient } from '../connect';
import { askedBy, readContext, type Context } from '../context';
import { EXIT } from '../exit-codes';
import type { AskOptions, EnvironmentOptions, ServerOptions } from '../options';
import { jsonLine } from '../render/json';
import { stdout } from '../screen';
import { Stop } from '../stop';

type Options = EnvironmentOptions & ServerOptions & AskOptions & { reason: string };

const OF_BAKE: readonly string[] = ['continue', 'extend', 'rollback'] satisfies readonly BakeAnswer[];

export async function decide(task: string, answer: Answer | BakeAnswer, options: Options): Promise<void> {
  if (isForBake(answer) !== (task === BAKE)) throw new UserError(task === BAKE ? `the bake takes continue, extend or rollback, not ${answer}` : `${answer} is an answer to the bake alone: ${task} takes retry, skip or resolved`);
  const context = readContext(options);
  const { by, reason } = askedBy(options);
  await withClient(options, async (sternway) => {
    if (isForBake(answer)) {
      await checkHolding(sternway, context);
      await sternway.decide(context.target, { task: BAKE, answer, by, reason });
    } else {
      await checkWaiting(sternway, context, task);
      await sternway.decide(context.target, { task, answer, by, reason });
    }
  });
  stdout.write(options.json ? `${jsonLine({ v: 1, type: 'decided', task, answer, by, reason })}\n` : `${task}: ${answer}; ${context.command(task === BAKE ? 'status' : 'follow')} shows what comes of it\n`);
}

const isForBake = (answer: string): answer is BakeAnswer => OF_BAKE.includes(answer);

/** As for a run: what is wrong is said at once, worker or not. */
async function checkHolding(sternway: Sternway, { target, command }: Context): Promise<void> {
  const { bake } = await sternway.describe(target);
  const name = `${target.app}/${target.environment}`;
  if (!bake) throw new Stop(EXIT.refused, `nothing is watched on ${name}, so no bake waits for a decision; ${command('status')}`);
  if (!bake.holding) throw new Stop(EXIT.refused, `the bake of ${bake.release} on ${name} is not waiting for a decision; ${command('status')}`);
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
