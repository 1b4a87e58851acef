// Readings on the host, as commands of a plan.
import { leaveMark, markLogs, markRelease } from '../../commands/logs';
import * as nginx from '../../commands/nginx';
import { probe, secretsOf, type ProbeDocument } from '../../commands/probe';
import { sh, type RemoteCommand } from '../../commands/remote-command';
import { startedMark, type Context } from '../context';
import type { HostPlan } from '../host-plan';

/** Seconds that the old release is watched on the way back: it has proven itself before, and users wait. */
export const OLD_STAYS = 1;

/** Lines that remember, before the release starts, that it does, how long each log is and when it was. */
export function marks(h: HostPlan): string[] {
  return [...leaveMark(startedMark(h.folder)), ...markLogs([...h.logs, ...h.probeMarks]), ...(h.startMark ? markRelease(h.startMark) : [])];
}

/** Readings one after the other; the secrets that they need reach the command by descriptor. */
export function reading(helper: string, documents: readonly ProbeDocument[]): RemoteCommand {
  const secrets = secretsOf(documents);
  return sh(documents.map((document) => probe(helper, document)), secrets.length > 0 ? { secrets } : {});
}

/** Probes through nginx's own loopback copy of the installed vhost, while users still get the maintenance page. */
export function throughLocalWayIn({ s, aim }: Context, h: HostPlan, probes: readonly ProbeDocument[], then: readonly string[]): RemoteCommand {
  const secrets = secretsOf(probes);
  const ports = { https: s.nginx.local_port, http: s.nginx.local_http_port };
  return sh([...nginx.localWayIn(h.site, h.localLink, ports), ...probes.map((document) => probe(aim.helper, document)), ...then], secrets.length > 0 ? { secrets } : {});
}
