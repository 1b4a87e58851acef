import type { HttpProbe, Settings } from '../config/schema';
import { isPlain } from '../config/schema/probes';
import { seconds } from '../config/units';
import { savedCopy } from '../commands/files';
import type { LogScan } from '../commands/logs';
import type { Service } from '../commands/compose';
import type { Site } from '../commands/nginx';
import type { Expected, HostProbe, ProbeDocument } from '../commands/probe';
import type { UnitFile } from '../commands/systemd';
import { stateRoot, unitPath } from '../facts/ask';
import type { HostFacts } from '../facts/facts';
import { baselineDocuments } from './baseline';
import { probeDocuments } from './probes/documents';
import { probeMarks, startMark } from './probes/marks';
import { asBefore } from './probes/outside';
import { localWay } from './probes/ways';
import { composeWay, servingRunner } from './runtime';

/** What a plan is made for: one release, by one deployment. */
export interface Aim {
  readonly deployment: string;
  readonly tag: string;
  readonly commit: string;
  /** Directory of the helper on the hosts, named by its checksum. */
  readonly helper: string;
}

/** Everything a step's commands need of one host: paths that the deployment fixes, and what was found there. */
export interface HostPlan {
  readonly facts: HostFacts;
  readonly release: string;
  /** What the app's path led to before: the old release, or where the plain tree goes. */
  readonly previous: string;
  readonly legacy: string | null;
  readonly shared: string;
  readonly venvs: string;
  /** Where this deployment keeps its backups and marks on the host. */
  readonly folder: string;
  readonly site: Site;
  readonly localLink: string;
  /** Those that run on this host, in the order in which they start. */
  readonly units: readonly (UnitFile & { readonly name: string })[];
  readonly services: readonly Service[];
  readonly logs: readonly LogScan[];
  /** Log files that probes read on from where they are when the release starts, and the file that holds when that was. */
  readonly probeMarks: readonly LogScan[];
  readonly startMark: string | null;
  readonly newProbes: readonly ProbeDocument[];
  readonly oldProbes: readonly HostProbe[];
  /** What the old release leans on, asked again when it runs again: queue, cache, storage, rows. */
  readonly oldReadings: readonly ProbeDocument[];
}

/** `first`: of several hosts, the one for what runs but once. */
export function hostPlan(s: Settings, aim: Aim, facts: HostFacts, first = true): HostPlan {
  const folder = `${stateRoot(s)}/${aim.deployment}`;
  const release = `${s.paths.releases}/releases/${aim.deployment}`;
  const legacy = facts.app.kind === 'directory' ? `${s.paths.releases}/releases/legacy-${aim.deployment}` : null;
  const [available, enabled] = [`${s.nginx.available_dir}/${s.nginx.site}`, `${s.nginx.enabled_dir}/${s.nginx.site}`];
  return {
    facts, release, legacy, folder,
    previous: legacy ?? facts.app.target ?? s.paths.app,
    shared: `${s.paths.releases}/shared`,
    venvs: `${s.paths.releases}/venvs`,
    site: { enabled, available, maintenance: `${available}.maintenance`, was: facts.nginx.enabled.target },
    localLink: `${enabled}.sternway-local`,
    units: s.units.filter((unit) => first || !unit.once).map((unit) => {
      const path = unitPath(unit.name);
      return { name: unit.name, path, source: `${release}/${unit.source}`, saved: savedCopy(`${folder}/backup`, path), was: facts.units.find((found) => found.name === unit.name)?.sha256 ?? null };
    }),
    services: (s.compose?.services ?? []).filter((service) => first || !service.once).map(({ name, image_of }) => {
      // Scaled by hand, it stays so, whatever the file says.
      const many = facts.containers?.services[name]?.containers ?? 1;
      return { name, ...(image_of === undefined ? {} : { image_of }), ...(many > 1 ? { containers: many } : {}) };
    }),
    logs: s.logs.map((log, n) => ({ path: log.path, failOn: log.fail_on, mark: `${folder}/marks/log-${n}` })),
    probeMarks: probeMarks(s, folder),
    startMark: startMark(s, folder),
    newProbes: probeDocuments(s, { ...aim, release, folder, runner: servingRunner(s, release), compose: composeWay(s, release), outside: {} }).closed,
    oldReadings: baselineDocuments(s, facts, folder).map((document) => ({ ...document, until: seconds(s.timeouts.check) })),
    // A site that was found closed said nothing of its release.
    oldProbes: facts.nginx.enabled.target === `${available}.maintenance` ? [] : s.probes.filter(isPlain).flatMap((probe) => {
      const expected = asBefore(probe, facts);
      return expected ? [localProbe(s, probe, expected)] : [];
    }),
  };
}

function localProbe(s: Settings, probe: HttpProbe, expected: Expected): HostProbe {
  return { name: probe.name, url: new URL(probe.path, s.url).href, ...localWay(s), ...expected, until: seconds(s.timeouts.check) };
}
