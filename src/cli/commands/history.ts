import type { RunSummary } from '../../client';
import { oneLine } from '../../report/escape';
import { duration, moment } from '../../report/time';
import { fit, wrap } from '../../report/width';
import { withClient } from '../connect';
import { readContext } from '../context';
import type { EnvironmentOptions, ServerOptions } from '../options';
import { jsonLine } from '../render/json';
import { styleFor, type Style } from '../render/style';
import { isInteractive, stdout } from '../screen';

type Options = EnvironmentOptions & ServerOptions & { limit: number };

export async function history(options: Options): Promise<void> {
  const { target, command } = readContext(options);
  const runs = await withClient(options, (sternway) => sternway.history(target, options.limit));
  runs.sort((one, other) => Number(waits(other)) - Number(waits(one)));
  if (options.json) return stdout.write(runs.map((run) => `${jsonLine({ v: 1, type: 'run', ...run })}\n`).join(''));
  if (runs.length === 0) return stdout.write(`Temporal knows no run of ${target.app}/${target.environment}, or no longer; ${command('check')} asks the hosts\n`);
  const style = styleFor(isInteractive());
  stdout.write(`${runs.flatMap((run) => text(run, style)).join('\n')}\n`);
}

/** Three lines at most: when, what and how it ended; its id and who; and why, where it is not plain. */
function text(run: RunSummary, { good, bad, back, dim, strong }: Style): string[] {
  const outcome = run.outcome ?? run.state ?? 'running';
  const paint = outcome === 'deployed' ? good : outcome === 'rolled-back' || outcome === 'unchanged' ? back : run.status === 'running' && !waits(run) ? strong : bad;
  const took = run.endedAt === null ? '' : duration((Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000);
  const what = run.workflow === 'rollback' ? 'rollback' : oneLine(run.release ?? '?');
  const shown = outcome === 'unknown' ? run.status : outcome;
  const first = `${moment(run.startedAt)}  ${strong(fit(what, 26))}  ${paint(fit(shown, 13))}${took.padStart(12)}`;
  const who = oneLine(`${run.deployment ?? run.run}  by ${run.by ?? 'somebody'}${run.reason ? `: ${run.reason}` : ''}`);
  const why = run.sentence !== null && outcome !== 'deployed' ? wrap(oneLine(run.sentence), 75) : [];
  const adopted = run.adopted === null ? [] : [oneLine(`adopted what differed from what was left: ${run.adopted}`)];
  const overridden = run.overridden === null ? [] : [oneLine(`passed closed gates, by ${run.overridden}`)];
  return [first, dim(`    ${who}`), ...[...overridden, ...adopted, ...why].map((line) => `    ${line}`)];
}

function waits(run: RunSummary): boolean {
  return run.state === 'blocked';
}
