import type { Settings } from '../config/schema';
import { kindOf } from '../config/schema/probes';
import type { ProbeDocument } from '../commands/probe';
import type { HostFacts } from '../facts/facts';
import { probeDocuments } from './probes/documents';
import { liveRunner } from './runtime';

/** What an app leans on, whatever its release: it has to hold before anything is changed, or no release could be judged by it. */
const LEANT_ON = ['redis', 'cache', 'storage', 'celery', 'count', 'mysql', 'containers', 'cpu', 'memory', 'disk'];

/** Readings of the release that is live now. `folder`: where its marks would be. */
export function baselineDocuments(s: Settings, facts: HostFacts, folder: string): ProbeDocument[] {
  const probes = s.probes.filter((probe) => LEANT_ON.includes(kindOf(probe)) && probe.tier === 1);
  if (probes.length === 0) return [];
  const { runner, compose } = liveRunner(s, facts);
  const documents = probeDocuments({ ...s, probes }, { deployment: '', tag: '', release: s.paths.app, folder, runner, compose, outside: {} });
  // Once each: it is no release that has just started and may be waited for. A worker that answers is enough of Celery: a task of
  // ours would stand behind all that users have asked for, and the way back must not wait for that.
  return documents.closed.map(({ until: _, ...document }) => (document.kind === 'celery' ? { ...document, task: undefined } : document) as ProbeDocument);
}

/** Errors of the release that is live now; none where nobody knows which that is. */
export function sentryDocuments(s: Settings, live: string | null): ProbeDocument[] {
  const probes = s.probes.filter((probe) => kindOf(probe) === 'sentry');
  if (live === null || probes.length === 0) return [];
  const { open } = probeDocuments({ ...s, probes }, { deployment: '', tag: live, release: s.paths.app, folder: '', runner: null, compose: null, outside: {} });
  return [...open[1].worker, ...open[2].worker, ...open[3].worker];
}
