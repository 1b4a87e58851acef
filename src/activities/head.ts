import type { Host } from '../hosts/host';
import { PLAN_FORMAT, type Plan } from '../plan/plan';
import { schemaIn } from '../plan/schema-kind';
import { wayBackSeconds } from '../plan/way-back';
import type { Head, Operation } from './contract';
import { refused } from './failures';

/** The deployment to undo, as the hosts' own records tell it. */
export async function readHeadOf(operation: Operation, root: string, hosts: readonly Host[]): Promise<Head> {
  const looks = await Promise.all(hosts.map((host) => host.look(root)));
  const heads = looks.map(toUndo);
  const deployment = heads.find((name) => name !== undefined);
  if (!deployment) throw refused([`there is nothing to roll back: no deployment of ours is live on ${hosts.map((host) => host.name).join(', ')}`]);
  if (new Set(heads.filter((name) => name !== undefined)).size > 1) throw refused([`the hosts disagree on what is live: ${hosts.map((host, n) => `${host.name} ${heads[n] ?? 'nothing'}`).join(', ')}`]);
  if (operation.deployment && operation.deployment !== deployment) throw refused([`${operation.deployment} is not what is live: that is ${deployment}; only the head can be rolled back`]);
  const from = hosts[heads.findIndex((name) => name !== undefined)];
  const stored = (await from?.fetch(root, deployment, 'plan.json')) ?? 'null';
  const plan = JSON.parse(stored) as Plan | null;
  if (!plan) throw refused([`the plan of ${deployment} is not on ${hosts.map((host) => host.name).join(', ')} any more; bring the hosts back by hand`]);
  if (plan.format !== PLAN_FORMAT) throw refused([`the plan of ${deployment} has the format ${String(plan.format)}, which this version does not know; use the version that deployed it`]);
  const states = await Promise.all(hosts.map((host) => host.states(root, deployment)));
  const attempted = hosts.flatMap((host, n) => Object.entries(states[n] ?? {}).flatMap(([step, { state }]) => (['never', 'undone', 'absent'].includes(state) ? [] : [`${step}@${host.name}`])));
  await insistOnOnePlan(stored, root, deployment, hosts.filter((host) => host !== from && attempted.some((key) => key.endsWith(`@${host.name}`))));
  const opening = plan.steps.find((step) => step.letsTrafficIn)?.id ?? '';
  const opened = states.flatMap((state) => state[opening]?.at ?? []).sort()[0] ?? null;
  const classifier = plan.steps.find((step) => step.classifies)?.id ?? '';
  const schema = states.map((state) => schemaIn(state[classifier]?.tail ?? '')).find((kind) => kind !== null) ?? null;
  const names = hosts.map((host) => host.name);
  const estimate = wayBackSeconds(plan, names, (step, host) => states[names.indexOf(host)]?.[step.id]?.seconds ?? null);
  return { plan, attempted, openedAt: opened, schema, estimate };
}

/** A claim that is still open belongs to a run that never came to its end: that one is undone first; then one that was taken over before its end. */
function toUndo({ claim, head, deployments }: Awaited<ReturnType<Host['look']>>): string | undefined {
  const lost = (claim?.unfinished ?? []).filter((name) => deployments.includes(name)).at(-1);
  if (claim?.open && (lost === undefined || deployments.includes(claim.deployment))) return claim.deployment;
  return lost ?? head?.deployment;
}

/** One host's copy must not choose what runs on another: where something was attempted, the host's own copy says the same, letter for letter. */
async function insistOnOnePlan(stored: string, root: string, deployment: string, others: readonly Host[]): Promise<void> {
  const copies = await Promise.all(others.map((host) => host.fetch(root, deployment, 'plan.json')));
  const differ = others.filter((_, n) => copies[n] !== stored).map((host) => host.name);
  if (differ.length > 0) throw refused([`the plan of ${deployment} on ${differ.join(', ')} is not the one on the other hosts: somebody changed a copy; find out who, and bring the hosts back with break-glass.sh`]);
}
