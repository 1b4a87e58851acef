import { oneLine } from '../../report/escape';
import { minute } from '../../report/time';
import { withClient } from '../connect';
import { askedBy, readContext } from '../context';
import { EXIT } from '../exit-codes';
import type { AskOptions, EnvironmentOptions, ServerOptions } from '../options';
import { jsonLine } from '../render/json';
import { stdout } from '../screen';
import { Stop } from '../stop';

type Options = EnvironmentOptions & ServerOptions & AskOptions;

/** No deployment of the environment starts from now on; what runs goes on, and a rollback passes. */
export async function freeze(options: Options & { until?: Date; reason: string }): Promise<void> {
  const { target, command } = readContext(options);
  const { by, reason } = askedBy(options);
  const { until } = options;
  await withClient(options, (sternway) => sternway.requests.freeze({ ...target, by, reason, ...(until ? { until } : {}) }));
  const told = until ? `until ${minute(until.toISOString())}` : 'until somebody ends it';
  const lines = [`no deployment of ${target.app}/${target.environment} starts ${told}; what runs goes on, and a rollback passes`, `  ${command('thaw')}`, '      to end it'];
  stdout.write(options.json ? `${jsonLine({ v: 1, type: 'frozen', ...target, until: until?.toISOString() ?? null, by, reason })}\n` : `${lines.join('\n')}\n`);
}

/** Deployments may start again, and what waits for that does. */
export async function thaw(options: Options): Promise<void> {
  const { target } = readContext(options);
  const { by, reason } = askedBy(options);
  const found = await withClient(options, (sternway) => sternway.requests.thaw(target, { by, reason }));
  if (found === null) throw new Stop(EXIT.refused, `${target.app}/${target.environment} is not frozen`);
  stdout.write(options.json ? `${jsonLine({ v: 1, type: 'thawed', ...target, was: found, by, reason })}\n` : oneLine(`${target.app}/${target.environment} is thawed: the freeze by ${found.by} (${found.reason}) is over`) + '\n');
}
