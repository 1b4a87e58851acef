// What is remembered before a release starts, for the probes that read on from there.
import type { LogScan } from '../../commands/logs';
import type { Probe, Settings } from '../../config/schema';

/** Log files whose length is to be remembered before the release starts, for the probes that read on from there. */
export function probeMarks(s: Settings, folder: string): LogScan[] {
  return s.probes.flatMap((probe) => {
    const path = probe.log?.path ?? probe.mysql?.slow_log;
    return path ? [{ path, failOn: [], mark: markOf(folder, probe) }] : [];
  });
}

/** The file that holds when the release started, in seconds; null when no probe asks for it. */
export function startMark(s: Settings, folder: string): string | null {
  return s.probes.some((probe) => probe.access_log ?? probe.log?.service) ? `${folder}/marks/release` : null;
}

export const markOf = (folder: string, probe: Probe): string => `${folder}/marks/probe-${probe.name}`;
