import { lockOf } from '../../temporal/names';
import { withClient } from '../connect';
import { askedBy, readContext } from '../context';
import { EXIT } from '../exit-codes';
import type { AskOptions, EnvironmentOptions, ServerOptions } from '../options';
import { jsonLine } from '../render/json';
import { stdout } from '../screen';
import { Stop } from '../stop';

type Options = EnvironmentOptions & ServerOptions & AskOptions;

export async function ack(options: Options): Promise<void> {
  const context = readContext(options);
  const { by, reason } = askedBy(options);
  await withClient(options, async (sternway) => {
    const [newest, watched] = await Promise.all([sternway.newest(context.target), sternway.watched(context.target)]);
    const waits = [...(newest?.status === 'running' ? (['run'] as const) : []), ...(watched?.holding ? (['bake'] as const) : [])];
    if (waits.length === 0) throw new Stop(EXIT.refused, `nothing runs on ${lockOf(context.target)}, so nobody is waited for; ${context.command('status')}`);
    for (const to of waits) await sternway.acknowledge(context.target, { by, reason }, undefined, to);
  });
  stdout.write(options.json ? `${jsonLine({ v: 1, type: 'acknowledged', by, reason })}\n` : `noted: ${by} sees to it, and nobody else is called; ${context.command('status')} says what is waited for\n`);
}
