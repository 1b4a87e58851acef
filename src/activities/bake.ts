import { Context } from '@temporalio/activity';
import { judge } from '../bake/judge';
import { windowOf } from '../bake/often';
import { limitsOf } from '../bake/limits';
import type { Bounds, Figures, Look } from '../bake/look';
import { baselineOf, type Sample } from '../bake/series';
import { verdictOf } from '../bake/verdict';
import { limitOf, type LimitUnit } from '../config/limits';
import type { Bake, Threshold } from '../config/schema';
import { milliseconds } from '../config/units';
import { beating } from './beating';
import type { CoreActivities, LookInput } from './contract';
import type { Deps } from './deps';
import { aimAt, readSources } from './figures';

/** Samples before a deployment: of an odd number the middle one is one that was read. */
const BEFORE = 3;
/** Milliseconds after which no further one is begun: the deployment waits. */
const LONG_ENOUGH = 5000;

/** Looking at what the bake of the worker's own sternway.yml watches. */
export function bakeActivities(deps: Deps): Pick<CoreActivities, 'sampleBefore' | 'sampleBake'> {
  async function sampleBefore({ app, environment, at, previous }: Parameters<CoreActivities['sampleBefore']>[0]): Promise<Figures> {
    const { settings, inventory } = deps.environment(app, environment);
    const { bake } = settings;
    if (!bake) return {};
    return await beating('sampleBefore', async () => {
      const figures: Record<string, Sample[]> = {};
      const begun = Date.now();
      const aim = aimAt(settings, inventory, previous && { deployment: previous.deployment, tag: previous.tag, release: previous.path });
      // An access log is read as far back as a threshold looks: a single interval may hold no request.
      const from = new Date(Date.parse(at) - longest(bake)).toISOString();
      for (let n = 0; n < BEFORE && (n === 0 || Date.now() - begun < LONG_ENOUGH); n += 1) {
        const now = new Date(Date.parse(at) + Date.now() - begun).toISOString();
        const samples = await readSources(deps, { settings, inventory, aim, at: now, from, signal: Context.current().cancellationSignal });
        for (const [source, sample] of Object.entries(samples)) (figures[source] ??= []).push(sample);
      }
      return figures;
    });
  }

  async function sampleBake(input: LookInput): Promise<Look | null> {
    const { app, environment, deployment, release, at, from } = input;
    const { settings, inventory } = deps.environment(app, environment);
    const { bake } = settings;
    if (!bake) return null;
    return await beating('sampleBake', async () => {
      const aim = aimAt(settings, inventory, { deployment, tag: release, release: `${settings.paths.releases}/releases/${deployment}` });
      return judged(bake, input, await readSources(deps, { settings, inventory, aim, at, from, signal: Context.current().cancellationSignal }));
    });
  }

  return { sampleBefore, sampleBake };
}

/** What the thresholds say to the figures so far and these samples. */
export function judged(bake: Bake, { begun, at, every, before, figures, ending }: LookInput, samples: Look['samples']): Look {
  const baselines = bake.thresholds.map(({ metric, least, against }) => baselineOf((before[metric] ?? []).filter(({ atLeast }) => against === undefined || !atLeast), least));
  const judgements = bake.thresholds.map((threshold, n) => {
    const now = samples[threshold.metric];
    return judge(threshold, [...(figures[threshold.metric] ?? []), ...(now ? [now] : [])], { at, begun, every, baseline: baselines[n] ?? null, ending });
  });
  const bounds = bake.thresholds.map((threshold, n) => boundsOf(bake, threshold, baselines[n] ?? null));
  return { at, samples, judgements, verdict: verdictOf(judgements, ending), bounds, keep: Math.max(windowOf(longest(bake)), longest(bake) + 2 * every) };
}

const longest = ({ thresholds }: Bake): number => Math.max(...thresholds.map((one) => milliseconds(one.for)));

function boundsOf(bake: Bake, threshold: Threshold, baseline: number | null): Bounds {
  const { name, metric } = threshold;
  const limits = limitsOf(threshold, baseline);
  return { name, metric, unit: unitOf(bake, threshold), accept: limits?.accept ?? null, rollback: limits?.rollback ?? null, baseline };
}

/** So many times the baseline says nothing of the figure's own unit; another threshold on it may. */
function unitOf({ thresholds }: Bake, { metric, against, accept }: Threshold): LimitUnit {
  const plain = against === undefined ? accept : thresholds.find((one) => one.metric === metric && one.against === undefined)?.accept;
  return plain === undefined ? 'number' : limitOf(plain).unit;
}
