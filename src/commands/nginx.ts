import { beside, removeLink, swapLink } from './files';
import { hereDocument, quote, sh, stop, type RemoteCommand } from './remote-command';

/** One site: the link nginx reads, and the files it may point at. */
export interface Site {
  /** `/etc/nginx/sites-enabled/shop` */
  readonly enabled: string;
  /** `/etc/nginx/sites-available/shop` */
  readonly available: string;
  /** `/etc/nginx/sites-available/shop.maintenance` */
  readonly maintenance: string;
  /** What the enabled link said before the deployment, letter for letter; null: there was none. */
  readonly was: string | null;
}

/** Two apps share one nginx: who tests and reloads holds this lock of the host. */
const LOCK = ['exec 8>/run/lock/sternway-nginx.lock', 'flock -w 30 8'];

/** nginx's own words, the one that says why last: the last line is what people get as the reason. */
const REFUSED = [`printf '%s\\n' "$said" >&2`, `printf '%s\\n' "$said" | grep -F '[emerg]' >&2 || true`, 'exit 1'];

const TESTED = `if ! said=$(nginx -t -q 2>&1); then ${REFUSED.join('; ')}; fi`;

/** Tests the configuration as it lies on disk; on failure runs `otherwise` (lines that put it back) and says why. */
function tested(otherwise: readonly string[]): string[] {
  return ['if ! said=$(nginx -t -q 2>&1); then', ...otherwise.map((line) => `  ${line}`), ...REFUSED.map((line) => `  ${line}`), 'fi'];
}

/** Points the site's link at `to` by rename, tests, reloads; an untested configuration is never left lying there. */
export function enable(site: Site, to: string, from: readonly (string | null)[]): RemoteCommand {
  return sh([...LOCK, `was=$(readlink ${quote(site.enabled)} || true)`, ...swapLink(site.enabled, to, from), ...tested(putBack(site)), ...generation(), ...drained()]);
}

/** The maintenance page, rendered beforehand, is written and linked in; `text` is the whole vhost. */
export function serveMaintenance(site: Site, text: string): RemoteCommand {
  return sh([
    ...LOCK,
    hereDocument(beside(site.maintenance), text),
    `mv -fT ${quote(beside(site.maintenance))} ${quote(site.maintenance)}`,
    `was=$(readlink ${quote(site.enabled)} || true)`,
    ...swapLink(site.enabled, site.maintenance, [site.was]),
    ...tested(putBack(site)),
    ...generation(),
    ...drained(),
  ]);
}

/** Back to the link that was there, and no maintenance file that was not there before. `saved`: the copy of an earlier one. */
export function reopen(site: Site, saved: string | null, local: string): RemoteCommand {
  const link = site.was === null ? removeLink(site.enabled, site.maintenance) : swapLink(site.enabled, site.was, [site.maintenance, site.available]);
  const file = saved === null ? [`rm -f ${quote(site.maintenance)} ${quote(beside(site.maintenance))}`] : [`cp -a ${quote(saved)} ${quote(beside(site.maintenance))}`, `mv -fT ${quote(beside(site.maintenance))} ${quote(site.maintenance)}`];
  return sh([...LOCK, `was=$(readlink ${quote(site.enabled)} || true)`, `rm -f ${quote(local)}`, ...link, ...tested(putBack(site)), ...generation(), ...file]);
}

/** Links that must not answer beside the site (the distribution's default page). Only those that are there are named. */
export function disable(links: readonly { path: string; target: string }[]): RemoteCommand {
  return sh(links.flatMap(({ path, target }) => removeLink(path, target)));
}

export function enableAgain(links: readonly { path: string; target: string }[]): RemoteCommand {
  return sh(links.flatMap(({ path, target }) => swapLink(path, target, [null])));
}

/**
 * Tests a vhost of a release that is not installed yet: in a mount namespace of our own it lies over the live one, so
 * nobody else's reload can pick it up untested.
 */
export function testBeside(site: Site, candidate: string): RemoteCommand {
  const inside = site.was === null ? `cp ${quote(candidate)} ${quote(site.enabled)}` : `mount --bind ${quote(candidate)} "$(readlink -f ${quote(site.enabled)})"`;
  if (site.was === null) {
    return sh([`unshare --mount sh -eu -c ${quote(`mount -t tmpfs none ${quote(dirname(site.enabled))}; ${inside}; ${TESTED}`)}`]);
  }
  return sh([`unshare --mount sh -eu -c ${quote(`${inside}; ${TESTED}`)}`]);
}

/** Lines that open a way in for this host only: the vhost as installed, its ports moved to loopback ones. Closed again on exit. */
export function localWayIn(site: Site, link: string, ports: { https: number; http: number }): string[] {
  const close = `flock -w 5 8 2>/dev/null || true; rm -f ${quote(link)}; nginx -t -q 2>/dev/null && systemctl reload nginx`;
  return [
    `trap ${quote(close)} EXIT`,
    "trap 'exit 1' TERM INT",
    ...LOCK,
    `sed -E -e '/^[[:space:]]*listen[[:space:]]+(\\[|unix:)/d' -e 's/^([[:space:]]*listen[[:space:]]+)([^;]*[[:space:]])?default_server/\\1\\2/' -e 's/^([[:space:]]*listen[[:space:]]+)([0-9.*]+:)?[0-9]+([[:space:]][^;]*ssl[^;]*);/\\1127.0.0.1:${ports.https}\\3;/' -e 's/^([[:space:]]*listen[[:space:]]+)([0-9.*]+:)?[0-9]+[[:space:]]*;/\\1127.0.0.1:${ports.http};/' ${quote(site.available)} > ${quote(link)}`,
    `grep -q '127\\.0\\.0\\.1:${ports.https} ' ${quote(link)} || ${stop(`${site.available} has no "listen … ssl" line to open a local way in`, 1)}`,
    ...tested([`rm -f ${quote(link)}`]),
    ...generation(),
    'flock -u 8',
  ];
}

function putBack(site: Site): string[] {
  const link = quote(site.enabled);
  return [`if [ -n "$was" ]; then ln -sfn -- "$was" ${quote(beside(site.enabled))}; mv -fT ${quote(beside(site.enabled))} ${link}; else rm -f ${link}; fi`];
}

/** Reload, then wait for workers that were not there before: HUP by itself reports nothing. */
function generation(): string[] {
  return [
    'master=$(cat /run/nginx.pid)',
    'old=" $(pgrep -d " " -P "$master" || true) "',
    'systemctl reload nginx',
    'fresh() { for pid in $(pgrep -P "$master"); do case "$old" in *" $pid "*) ;; *) return 0 ;; esac; done; return 1; }',
    'tries=0',
    "until fresh; do tries=$((tries + 1)); [ $tries -lt 200 ] || { echo 'nginx started no new workers after its reload' >&2; exit 1; }; sleep 0.05; done",
  ];
}

/** Old workers finish the requests they have accepted, by the old configuration: what these need must not go before. Long ones are not waited for. */
function drained(): string[] {
  return [
    'accepted() { for pid in $old; do kill -0 "$pid" 2>/dev/null && return 0; done; return 1; }',
    'tries=0',
    'while accepted && [ $tries -lt 100 ]; do tries=$((tries + 1)); sleep 0.05; done',
  ];
}

function dirname(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
