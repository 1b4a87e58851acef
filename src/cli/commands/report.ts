import type { Event } from '../../client';
import { textReport } from '../../report/text';
import { withClient } from '../connect';
import { readContext } from '../context';
import type { EnvironmentOptions, ServerOptions } from '../options';
import { jsonLine } from '../render/json';
import { stdout } from '../screen';
import { findRun } from './follow';

export async function report(deployment: string | undefined, options: EnvironmentOptions & ServerOptions): Promise<void> {
  const context = readContext(options);
  await withClient(options, async (sternway) => {
    const run = await findRun(sternway, context, deployment);
    const events: Event[] = [];
    for await (const event of sternway.follow(run, { wait: false })) events.push(event);
    stdout.write(options.json ? events.map((event) => `${jsonLine(event)}\n`).join('') : textReport(events, context.command));
  });
}
