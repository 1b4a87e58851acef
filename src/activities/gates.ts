import { judge } from '../gates/judge';
import { earliestStart } from '../gates/next';
import { lookAt } from '../gates/window';
import { requestsOf } from '../events/beside';
import { besideOf } from '../temporal/names';
import { beating } from './beating';
import type { CoreActivities, GateQuestion, Judged, Passed } from './contract';
import type { Deps } from './deps';
import { refused } from './failures';
import { gateFacts } from './gate-facts';

/** When a deployment may start, by the gates of the worker's own sternway.yml. A freeze holds where there are none, too. */
export function gateActivities(deps: Deps): Pick<CoreActivities, 'judgeGates' | 'passGates' | 'wakeRequests'> {
  async function judged(question: GateQuestion, waiting: boolean): Promise<Judged> {
    const { operation, release, override } = question;
    const { gates } = deps.environment(operation.app, operation.environment).settings;
    // A task may have waited long for a worker, and the window closed meanwhile. In tests that skip time the workflow is ahead.
    const now = Math.max(question.now, Date.now());
    const { facts, dropped } = await gateFacts(deps, gates, question, now, waiting);
    return {
      verdicts: judge(gates, now, facts, release, override),
      next: override ? new Date(now).toISOString() : earliestStart(gates, now, facts),
      windowEnd: gates?.window && !override ? lookAt(gates.window, now).end : null,
      approved: facts.approvals.approved, rejected: facts.approvals.rejected, dropped,
    };
  }

  async function passGates(question: GateQuestion): Promise<Passed> {
    const { verdicts, windowEnd, approved, dropped } = await beating('passGates', () => judged(question, false));
    const closed = verdicts.filter(({ state }) => state !== 'open');
    if (closed.length === 0) return { verdicts, windowEnd, approved, overridden: verdicts.some(({ overridden }) => overridden) ? question.override : null };
    const waits = closed.every(({ state }) => state === 'wait') ? ['sternway deploy asks for it and waits'] : [];
    throw refused([...closed.map(({ gate, sentence }) => `${gate}: ${sentence}`), ...dropped, ...waits]);
  }

  async function wakeRequests(target: { app: string; environment: string }): Promise<void> {
    const client = await deps.temporal();
    await beating('wakeRequests', async () => {
      // One that has ended meanwhile needs no waking.
      for (const { deployment } of await requestsOf(client, target)) await client.workflow.getHandle(besideOf(target).request(deployment)).signal('wake').catch(() => undefined);
    });
  }

  return { judgeGates: (question) => beating('judgeGates', () => judged(question, true)), passGates, wakeRequests };
}
