import type { Settings } from '../config/schema';
import type { Facts, HostFacts, PathFact, Standing } from '../facts/facts';

/** What of a host can have drifted from what the last deployment left there. */
export type DriftKind = 'link' | 'record' | 'vhost' | 'site' | 'maintenance' | 'unit' | 'drop-in' | 'image' | 'code' | 'unfinished';

/** One difference; its sentence says where, what was left by which deployment, what is there now, and what to do. */
export interface Difference {
  readonly kind: DriftKind;
  readonly host: string;
  readonly path: string;
  readonly sentence: string;
}

type Found = Omit<Difference, 'host'>;
type Units = Standing['units'];

const FILES_NAMED = 5;
const ADOPT = 'or deploy with --adopt to keep it';

/**
 * Every difference between the hosts and what was left on them. A host where another run's claim is open is passed over: that run
 * changes it now. `holder`: whose claim is our own. Pure.
 */
export function drift(s: Settings, facts: Facts, holder: string): Difference[] {
  return Object.entries(facts).flatMap(([host, f]) => (heldByAnother(f, holder) ? [] : onHost(s, f).map((found) => ({ ...found, host, sentence: `${host}: ${found.sentence}, ${ADOPT}` }))));
}

/** A sentence for each host that another run holds, or held when it was lost. */
export function held(facts: Facts, holder: string): string[] {
  return Object.entries(facts).flatMap(([host, f]) =>
    f.claim && heldByAnother(f, holder) ? [`${host}: ${f.claim.deployment} holds it since ${f.claim.at} (${f.claim.by}), so what it changes is not compared; a deployment is refused as busy until it ends, or ends it by --take-over if that run is over for good`] : [],
  );
}

/** `2 vhost, 1 unit`: for lists, which have no room for more. */
export function byKind(differences: readonly Pick<Difference, 'kind'>[]): string {
  const kinds = [...new Set(differences.map(({ kind }) => kind))];
  return kinds.map((kind) => `${differences.filter((each) => each.kind === kind).length} ${kind}`).join(', ');
}

/** Services whose image is not the one that was left. */
export function changedImages({ left, standing }: Pick<HostFacts, 'left' | 'standing'>): string[] {
  return Object.entries(left?.images ?? {}).flatMap(([service, image]) => (standing.images?.[service] !== undefined && standing.images[service] !== image ? [service] : []));
}

function heldByAnother(f: HostFacts, holder: string): boolean {
  return f.claim !== null && f.claim.holder !== holder;
}

function onHost(s: Settings, f: HostFacts): Found[] {
  const { left, standing: now } = f;
  const who = f.head?.deployment ? `${f.head.deployment}${f.head.release ? ` (${f.head.release})` : ''}` : 'the last way back';
  const begun = f.unfinished.map(({ deployment, release, begun: titles }): Found => ({
    kind: 'unfinished', path: deployment,
    sentence: `${deployment} (${release}) never came to its end, and of its changes these stand: ${titles.join(', ')}; take them back with sternway rollback`,
  }));
  if (!left) return [...begun, ...staleRecord(f, f.head?.deployment ?? null, who)];
  const moved = placed('link', now.app, left.app, who);
  return [
    ...begun, ...moved, ...(moved.length > 0 ? [] : [...staleRecord(f, left.revision, who), ...code(left, now, who)]),
    ...site(s, left.site, now.site, who), ...Object.keys(left.units).flatMap((name) => unit(s, name, left.units, now.units, who)),
    ...changedImages(f).map((service): Found => ({
      kind: 'image', path: service,
      sentence: `the service ${service} runs the image ${imageId(now.images?.[service])}, but ${who} left ${imageId(left.images?.[service])}; start it from that one again`,
    })),
  ];
}

/** The head names a deployment, and the release that is there says it is another's. */
function staleRecord(f: HostFacts, wanted: string | null, who: string): Found[] {
  const { app, revision } = f.standing;
  if (wanted === revision || (f.left === null && wanted === null)) return [];
  const there = revision === null ? 'has no REVISION of a deployment' : `holds what ${revision} made`;
  return [{ kind: 'record', path: app.path, sentence: `the record says that ${who} is live, but ${app.path}${app.target ? ` (${app.target})` : ''} ${there}; put that release there again` }];
}

function code(left: Standing, now: Standing, who: string): Found[] {
  if (!left.code || !now.code) return [];
  const [before, after] = [left.code, now.code];
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((path) => before[path] !== after[path]).sort();
  if (changed.length === 0) return [];
  const named = changed.slice(0, FILES_NAMED).map((path) => (after[path]?.startsWith('missing') ? `${path} is gone` : path));
  const more = changed.length > FILES_NAMED ? ` and ${changed.length - FILES_NAMED} more` : '';
  return [{ kind: 'code', path: now.app.path, sentence: `files of the release in ${now.app.path} were changed since ${who} left them: ${named.join(', ')}${more}; put them back as they were` }];
}

function site(s: Settings, left: Standing['site'], now: Standing['site'], who: string): Found[] {
  // Another site is configured since: what was left of the old one is not looked at any more.
  if (left.enabled.path !== now.enabled.path || left.vhost.path !== now.vhost.path) return [];
  const closed = now.enabled.kind === 'link' && now.enabled.target === now.maintenance.path && left.enabled.target !== now.enabled.target;
  return [
    ...(closed
      ? [{ kind: 'maintenance' as const, path: now.enabled.path, sentence: `the maintenance page is on: ${now.enabled.path} leads to ${now.maintenance.path}, but ${who} ${leftThere(left.enabled)}; point it back and reload nginx` }]
      : placed('site', now.enabled, left.enabled, who)),
    ...file('vhost', now.vhost.path, left.vhost.sha256, now.vhost.sha256, who, `put that back (the release's own is ${s.paths.app}/${s.nginx.source})`),
    ...file('maintenance', now.maintenance.path, left.maintenance.sha256, now.maintenance.sha256, who, 'put that back'),
    ...Object.entries(left.others).flatMap(([path, was]) => (now.others[path] ? placed('site', { path, ...now.others[path] }, was, who) : [])),
  ];
}

function unit(s: Settings, name: string, before: Units, after: Units, who: string): Found[] {
  const [left, now] = [before[name], after[name]];
  if (left && !now) return [{ kind: 'unit', path: left.path, sentence: `${name}, which ${who} left running, is in the configuration no more and would go on with the old code; stop and disable it (systemctl disable --now ${name}), or list it again` }];
  if (!left || !now) return [];
  const source = s.units.find((each) => each.name === name)?.source ?? '';
  const dropIns = [...new Set([...Object.keys(left.dropIns), ...Object.keys(now.dropIns)])].sort();
  return [
    ...file('unit', now.path, left.sha256, now.sha256, who, `put that back (the release's own is ${s.paths.app}/${source})`),
    ...(left.enabled === now.enabled ? [] : [{ kind: 'unit' as const, path: now.path, sentence: `${name} is ${now.enabled || 'not known to systemd'}, but ${who} left it ${left.enabled || 'unknown to systemd'}; make it so again with systemctl` }]),
    ...dropIns.flatMap((path) => file('drop-in', path, left.dropIns[path] ?? null, now.dropIns[path] ?? null, who, `make ${name}'s drop-ins as they were`)),
  ];
}

/** Where a path leads. */
function placed(kind: DriftKind, now: PathFact & { path: string }, left: PathFact, who: string): Found[] {
  if (now.kind === left.kind && now.target === left.target) return [];
  const there = now.kind === 'link' ? `leads to ${now.target}` : now.kind === 'missing' ? 'is missing' : `is a ${now.kind}`;
  const back = left.kind === 'missing' ? 'take it out' : left.kind === 'link' ? `point it at ${left.target}` : `put the ${left.kind} back`;
  return [{ kind, path: now.path, sentence: `${now.path} ${there}, but ${who} ${leftThere(left)}; ${back} again` }];
}

function leftThere({ kind, target }: PathFact): string {
  return kind === 'link' ? `left it leading to ${target}` : kind === 'missing' ? 'left nothing there' : `left a ${kind} there`;
}

function file(kind: DriftKind, path: string, left: string | null, now: string | null, who: string, back: string): Found[] {
  if (left === now) return [];
  if (left === null) return [{ kind, path, sentence: `${path} is there, but ${who} left nothing there; remove it` }];
  const what = now === null ? `is missing, but ${who} left it with the sha256 ${left.slice(0, 12)}` : `was changed since ${who} left it (sha256 ${now.slice(0, 12)}, was ${left.slice(0, 12)})`;
  return [{ kind, path, sentence: `${path} ${what}; ${back}` }];
}

function imageId(id: string | undefined): string {
  return id?.replace('sha256:', '').slice(0, 12) ?? 'none';
}
