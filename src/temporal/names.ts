// Read by workflows' callers and workers alike: names that both sides must agree on.

/** The task queue of Sternway's workers, unless a command says otherwise. */
export const TASK_QUEUE = 'sternway';

/** The workflow id of an environment: the lock of whatever changes it. */
export const lockOf = ({ app, environment }: { readonly app: string; readonly environment: string }): string => `${app}/${environment}`;

/** Workflow ids of what goes on beside the changes of an environment; none of them holds the lock. */
export const besideOf = (target: { readonly app: string; readonly environment: string }) => {
  const lock = lockOf(target);
  return {
    /** A deployment that waits until its gates are open. */
    request: (deployment: string) => `${lock}/request/${deployment}`,
    /** Deployments are not to start. */
    freeze: `${lock}/freeze`,
    /** The newest release is being watched. */
    bake: `${lock}/bake`,
    /** What is due after a deployment or a rollback. */
    followUp: (deployment: string) => `${lock}/follow-up/${deployment}`,
    /** A rehearsal of deployment and rollback; the schedule that starts them has the same name. */
    drill: `${lock}/drill`,
  };
};
