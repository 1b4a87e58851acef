/** The time of the run, which a replay repeats: ISO 8601, UTC. */
export const now = (): string => new Date().toISOString();
