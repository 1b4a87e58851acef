// The probe document behind a source of the bake. It is only read: what is too much, the bake's thresholds say.
import type { ProbeDocument } from '../../commands/probe';
import type { Settings, Source } from '../../config/schema';
import { FAILING, measuresOf } from '../../config/schema/bake-sources';
import { kindOf, type ProbeKind } from '../../config/schema/probes';
import type { ProbeAim, Side } from './aim';
import { document } from './document';
import { outsideWay, publicPort, sidesOf } from './ways';

/** Seconds after which a request is given up. Longer than any limit that a response time may sensibly have, else it would never be seen. */
const SLOWEST = 20;
/** No verdict of its own: a reading that fails by a limit would still say its figure, but its sentence would mislead. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

export interface SourceReading {
  /** Who takes it: the worker once, or every host. */
  readonly side: Side;
  readonly document: ProbeDocument;
  readonly kind: ProbeKind;
  readonly measure: string;
}

/**
 * What to read for a source. `from`: seconds since 1970 of the sample before, from where an access log is read. Null for Prometheus and programs,
 * which have no document (activities/metrics.ts, program-figure.ts). @throws RangeError for a probe that is not there: the configuration was checked
 */
export function sourceReading(s: Settings, aim: ProbeAim, source: Source, from: number): SourceReading | null {
  const { name, access_log: access, sentry } = source;
  if (source.probe !== undefined) return probeReading(s, aim, source.probe);
  if (access !== undefined) {
    const { path, format, measure } = access;
    return { side: 'host', kind: 'access_log', measure, document: { kind: 'access_log', name, timeout: 5, path, ...(format === undefined ? {} : { format }), share: 100, least: 0, since: from } };
  }
  if (sentry !== undefined) {
    const { measure, ...where } = sentry;
    // Of this release alone, and without a time: it is counted from Sentry's own record of the deployment, never from before it.
    return { side: 'worker', kind: 'sentry', measure, document: { kind: 'sentry', name, timeout: 5, ...where, environment: s.environment, release: aim.tag, critical: UNLIMITED, warnings: UNLIMITED } };
  }
  return null;
}

function probeReading(s: Settings, aim: ProbeAim, { name, measure: wanted }: NonNullable<Source['probe']>): SourceReading {
  const probe = s.probes.find((one) => one.name === name);
  if (probe === undefined) throw new RangeError(`there is no probe ${name}`);
  const kind = kindOf(probe);
  const measure = wanted ?? measuresOf(kind)[0] ?? FAILING;
  // As users get it, where there is a choice.
  const side: Side = sidesOf(probe).includes('worker') ? 'worker' : 'host';
  const made = document(s, aim, probe, side === 'worker' ? outsideWay(s, aim.outside) : publicPort(s), side);
  if (kind !== 'path' || measure === FAILING) return { side, kind, measure, document: made };
  const { within_ms: _, ...timed } = made as ProbeDocument & { within_ms?: number };
  return { side, kind, measure, document: { ...timed, timeout: SLOWEST } };
}
