// Lines of the runbook that every strategy has, when all that was asked for is done.
import { keepStanding } from '../../commands/standing';
import { standingRequest } from '../../facts/ask';
import type { Context } from '../context';
import type { HostPlan } from '../host-plan';
import type { Line } from '../step';

/** The last line of a plan: what the next deployment will expect to find. In our own folder, so there is nothing to take back. */
export function written({ s, aim, time }: Context): Line<HostPlan>[] {
  return [{ title: 'write down what is left here', activity: 'recordState', phase: 'settle', limit: time.build,
    run: (h) => keepStanding(aim.helper, standingRequest(s), `${h.folder}/left.json`) }];
}
