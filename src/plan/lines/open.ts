// Lines of the runbook that every strategy has, from the moment that users are let in.
import { leaveMark } from '../../commands/logs';
import * as nginx from '../../commands/nginx';
import type { RemoteCommand } from '../../commands/remote-command';
import type { Context } from '../context';
import type { HostPlan } from '../host-plan';
import type { Line } from '../step';
import { reading } from './readings';

type Lines = Line<HostPlan>[];

/** Users are let in, and the site is looked at as they see it, tier by tier as far as configured. */
export function opened({ s, aim, time, outside, site, files, documents, database }: Context): Lines {
  const first: Lines = [
    { title: 'nginx: open the site', activity: 'openSite', phase: 'open', limit: time.switch, letsTrafficIn: true,
      run: (h) => beginning(nginx.enable(h.site, h.site.available, [h.site.maintenance]), database ? files(h).opened : null), undo: (h) => nginx.enable(h.site, h.site.maintenance, [h.site.available]) },
    { title: 'users get the new release', activity: 'checkFromOutside', phase: 'open', kind: 'check', limit: time.check,
      outside: { run: outside.fresh, seconds: time.check } },
    ...s.probes.flatMap(({ sentry }): Lines => (sentry ? [{ title: 'tell Sentry of the release', activity: 'markDeployment', phase: 'open', limit: time.check,
      job: { kind: 'marker', document: { kind: 'sentry_deploy', name: 'sentry', url: sentry.url, organization: sentry.organization, project: sentry.project, token: sentry.token, environment: s.environment, release: aim.tag, commit: aim.commit } } }] : [])),
  ];
  const tiers = ([1, 2, 3] as const).filter((tier) => tier <= s.verify).flatMap((tier): Lines => {
    const title = ['the release holds under traffic', 'what users do works', 'what is measured is within its limits'][tier - 1] ?? '';
    const limit = time.check * 2 + (tier === 3 ? time.watch : 0);
    const probes = (h: HostPlan) => documents(h).open[tier].host;
    return [
      { title: `${title}: on the hosts`, activity: 'checkUnderTraffic', phase: 'open', kind: 'check', limit, run: (h) => (probes(h).length > 0 ? reading(aim.helper, probes(h)) : undefined) },
      // Those of the first tier are among what users get, above.
      ...(tier === 1 ? [] : [{ title: `${title}: from outside`, activity: 'checkFromOutside', phase: 'open' as const, kind: 'check' as const, limit,
        outside: { run: (h: HostPlan) => documents(h).open[tier].worker.map((document) => ({ name: document.name, url: s.url, status: 200, ...site, document })), seconds: limit } }]),
    ];
  });
  return [...first, ...tiers];
}

/** A mark that is there before the command, one of root's, begins. */
function beginning(command: RemoteCommand, mark: string | null): RemoteCommand {
  if (mark === null) return command;
  return { ...command, script: command.script.replace('set -eu\n', `set -eu\n${leaveMark(mark).join('\n')}\n`) };
}
