// Read by workflows' callers and workers alike: names that both sides must agree on.

/** The task queue of Sternway's workers, unless a command says otherwise. */
export const TASK_QUEUE = 'sternway';
