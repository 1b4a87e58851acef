/** The bake: the time after the switch in which thresholds decide. */
import { z } from 'zod';
import { DEFAULTS } from '../defaults';
import { milliseconds } from '../units';
import { unique } from './app';
import { counts, measuresOf, source, type Source } from './bake-sources';
import { RUNBOOK, threshold, type Threshold } from './bake-thresholds';
import { describe, rule, section } from './field';
import type { ProbeKind } from './probes';
import { choice, duration } from './values';

const fields = section('The time after the switch in which thresholds decide: healthy, hold and ask, or roll back. Without this section there is none.', {
  watch: describe(z.array(duration('1ms', '30d')).min(1), {
    doc: 'The stages, each as the time since users were let in. At the end of each the thresholds must have said that the release is healthy.',
    expects: 'a list of at least one duration, each longer than the one before',
    example: '[30m, 2h, 24h]',
  }).prefault([...DEFAULTS.bake.watch]),
  every: describe(duration('1ms', '1h'), { doc: 'Time from one sample to the next.' }).prefault(DEFAULTS.bake.every),
  preset: describe(choice(['runbook']), {
    doc: 'Adds the thresholds of the runbook, for those of its sources that are there: `error-rate` (accept 1 %, roll back beyond 10 % for 5 min, at least 10 requests), `response-time` (500 ms, 5 s for 5 min), `affected-users` (1 %, 50 % for 1 min). A threshold of the same name replaces one of them.',
  }).optional(),
  thresholds: describe(z.array(threshold), { doc: 'What the figures may be. One that says to roll back is enough.', example: '[{ name: error-rate, metric: error-rate, accept: 1%, rollback: 10% }]' }).prefault([]),
  sources: describe(z.array(source).min(1), { doc: 'Where the figures come from.', expects: 'a list of at least one source', example: '[{ name: error-rate, access_log: {} }]' }),
  no_data: describe(choice(['hold']), { doc: 'What no data is: never healthy and never a reason to roll back. A person is asked.' }).prefault(DEFAULTS.bake.no_data),
});

type Fields = z.output<typeof fields>;

const PRESET_NAMES = RUNBOOK.map(({ name }) => name);

/** What the preset adds to what the user wrote. `least` only where somebody counts. */
function fromPreset({ preset, thresholds, sources }: Fields): Threshold[] {
  if (preset === undefined) return [];
  return RUNBOOK.filter(({ name }) => !thresholds.some((own) => own.name === name)).flatMap((one) => {
    const from = sources.find(({ name }) => name === one.metric);
    return from === undefined ? [] : [threshold.parse(counts(from) ? one : { ...one, least: undefined })];
  });
}

export const bake = rule(fields, 'all', (value, report) => {
  const { watch, every, preset, thresholds, sources } = value;
  watch.forEach((stage, index) => {
    const before = watch[index - 1];
    if (before !== undefined && milliseconds(stage) <= milliseconds(before)) report(['watch', index], `must be longer than the stage before (got ${stage} after ${before})`, 'put them in order, each once');
  });
  if (milliseconds(every) > milliseconds(watch[0] ?? every)) report(['every'], `must not be longer than the first stage of watch (got ${every}, the stage is ${watch[0]})`, 'take samples more often, or watch longer');
  unique(thresholds, (path, ...rest) => report(['thresholds', ...path], ...rest), 'threshold');
  unique(sources, (path, ...rest) => report(['sources', ...path], ...rest), 'source');
  const added = fromPreset(value);
  if (thresholds.length + added.length === 0)
    report(['thresholds'], `must have at least one threshold (got ${preset === undefined ? 'none' : 'none, and no source that the preset knows'})`, preset === undefined ? 'add one, or preset: runbook' : `name a source ${PRESET_NAMES.join(', ')}`);
  thresholds.forEach((one, index) => {
    const from = sources.find(({ name }) => name === one.metric);
    if (from === undefined) report(['thresholds', index, 'metric'], `must be the name of a source (got ${one.metric})`, `known here: ${sources.map(({ name }) => name).join(', ')}`);
    else if (one.least !== undefined && !counts(from)) report(['thresholds', index, 'least'], `must be left out: ${one.metric} does not tell how many requests a figure rests on (got ${one.least})`, 'leave it out, or add count to its prometheus, counts to its program');
  });
  // Else a misspelt name of the preset would quietly be no threshold at all.
  sources.forEach(({ name }, index) => {
    if (thresholds.length + added.length > 0 && ![...thresholds, ...added].some(({ metric }) => metric === name)) report(['sources', index], `is used by no threshold (got ${name})`, `add one with metric: ${name}, or leave the source out${preset === undefined ? '' : `; the preset knows ${PRESET_NAMES.join(', ')}`}`);
  });
}).transform(({ preset, ...value }) => ({ ...value, thresholds: [...value.thresholds, ...fromPreset({ preset, ...value })] }));

export type Bake = z.output<typeof bake>;

/** Reports each source that reads a probe that is not there, or something that it does not measure. */
export function bakeOnProbes({ sources }: { readonly sources: readonly Source[] }, probes: readonly { name: string; kind: ProbeKind }[], report: (path: PropertyKey[], problem: string, hint: string) => void): void {
  sources.forEach(({ probe }, index) => {
    if (probe === undefined) return;
    const kind = probes.find(({ name }) => name === probe.name)?.kind;
    const known = kind === undefined ? [] : measuresOf(kind);
    const at = ['sources', index, 'probe'];
    if (kind === undefined) report([...at, 'name'], `must be the name of a probe (got ${probe.name})`, `known here: ${probes.map(({ name }) => name).join(', ')}`);
    else if (known.length === 0) report([...at, 'name'], `must be a probe that is one reading (got ${probe.name}, of kind ${kind})`, 'the bake takes samples itself: name a probe with path');
    else if (probe.measure !== undefined && !known.includes(probe.measure)) report([...at, 'measure'], `must be what ${kind} measures (got ${probe.measure})`, `one of ${known.join(', ')}`);
  });
}
