import { withClient } from '../connect';
import { askedBy, readContext } from '../context';
import type { AskOptions, EnvironmentOptions, ServerOptions } from '../options';
import { jsonLine } from '../render/json';
import { stdout } from '../screen';
import { waitingOne } from './approve';

/** Takes back a deployment that still waits; one that has begun is turned back by `rollback`. */
export async function withdraw(deployment: string, options: EnvironmentOptions & ServerOptions & AskOptions): Promise<void> {
  const context = readContext(options);
  const { by, reason } = askedBy(options);
  await withClient(options, async (sternway) => {
    await waitingOne(sternway, context, deployment);
    await sternway.requests.withdraw(context.target, deployment, { by, reason });
  });
  stdout.write(options.json ? `${jsonLine({ v: 1, type: 'withdrawn', deployment, by, reason })}\n` : `${deployment} is withdrawn: it does not start, and nothing was changed\n`);
}
