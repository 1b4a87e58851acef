import { ApplicationFailure } from '@temporalio/common';
import { stateRoot } from '../facts/ask';
import { LedgerRefused } from '../hosts/failures';
import type { Token } from '../hosts/host';
import { beating } from './beating';
import type { CoreActivities, Operation, Tokens } from './contract';
import type { Deps } from './deps';

/** Claiming the hosts for one run, and giving them back. */
export function claimActivities(deps: Deps): Pick<CoreActivities, 'claimHosts' | 'closeClaims'> {
  const hostsOf = ({ app, environment }: Operation) => {
    const { settings, inventory } = deps.environment(app, environment);
    return { root: stateRoot(settings), hosts: Object.keys(inventory.hosts).map((name) => deps.host(inventory, settings, name)) };
  };

  async function claimHosts(operation: Operation): Promise<Tokens> {
    const { root, hosts } = hostsOf(operation);
    return await beating('claimHosts', async () => {
      const { holder, deployment, by } = operation;
      const claimed = await Promise.allSettled(
        hosts.map(async (host): Promise<[string, Token]> => {
          const takeover = operation.takeOver ? (await host.look(root)).claim?.epoch : undefined;
          const { claim, running } = await host.claim(root, { holder, deployment, by, ...(takeover === undefined ? {} : { takeover }) });
          // Whatever an earlier holder left running must have ended before our first change.
          await host.drain(root, claim, running);
          return [host.name, { holder, epoch: claim.epoch }];
        }),
      );
      const failed = claimed.find((result) => result.status === 'rejected');
      if (!failed) return Object.fromEntries(claimed.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
      // All or none: a claim that stayed behind would lock an environment where nothing happens.
      await Promise.allSettled(hosts.flatMap((host, n) => (claimed[n]?.status === 'fulfilled' ? [host.close(root, claimed[n].value[1], 'abandoned')] : [])));
      throw busy(failed.reason) ?? failed.reason;
    });
  }

  async function closeClaims(input: Parameters<CoreActivities['closeClaims']>[0]): Promise<void> {
    const { operation, outcome } = input;
    const { root, hosts } = hostsOf(operation);
    await beating('closeClaims', async () => {
      await Promise.all(
        hosts.map(async (host) => {
          // A cancelled claim may still be on its way: it must find the door shut, or it would lock an environment where nothing happens.
          if (outcome !== 'abandoned') await host.withdraw(root, operation.holder, outcome);
          const { claim, head } = await host.look(root);
          if (!claim?.open || claim.holder !== operation.holder) return;
          await host.close(root, { holder: claim.holder, epoch: claim.epoch }, outcome, newHead(input, host.name, head));
        }),
      );
    });
  }

  return { claimHosts, closeClaims };
}

/** What a rollback would undo from now on, and what the next plan compares with; undefined: as before. `now`: the host's head. */
function newHead({ plan, head, operation, outcome }: Parameters<CoreActivities['closeClaims']>[0], host: string, now: object | null): object | undefined {
  if (!plan) return undefined;
  if (head === 'set') return { deployment: plan.deployment, release: plan.release.tag, by: operation.by, previous: plan.previous };
  // A way back leaves what stood there before, which may have been adopted: no earlier record says it.
  const left = plan.before?.[host];
  if (head === 'keep') return outcome === 'rolled-back' && plan.adopted && left ? { ...now, left } : undefined;
  return { ...(plan.previous?.deployment ? { deployment: plan.previous.deployment, release: plan.previous.tag } : {}), ...(left ? { left } : {}) };
}

/** Another run holds a host: who, since when. */
function busy(error: unknown): ApplicationFailure | undefined {
  if (!(error instanceof LedgerRefused) || error.code !== 'claimed') return undefined;
  return ApplicationFailure.nonRetryable(`${error.message}; if that run is over for good, say --take-over`, 'Busy', error.details);
}
