/** What one run of the twenty commands took. Times in milliseconds. */
export interface Round {
  /** From the first request to the last answer: with all that comes before the first and after the last command. */
  readonly total: number;
  /** For each command, from its request to the next one's. */
  readonly steps: readonly number[];
  /** Of each, what the command itself ran, as the host recorded it. Absent where nobody records it. */
  readonly programs?: readonly number[];
  /** CPU time by process. */
  readonly cpu: Readonly<Record<string, number>>;
  /** Where the time of a step went, by part. */
  readonly parts?: Readonly<Record<string, readonly number[]>>;
  /** What a run has beside its steps, by part. */
  readonly beside?: Readonly<Record<string, number>>;
}

/** A way of running the twenty commands, connected and ready. */
export interface Way {
  readonly name: 'bash' | 'ssh2' | 'ledger' | 'sternway';
  readonly title: string;
  round(): Promise<Round>;
  end(): Promise<void>;
}

/** Commands of one run. */
export const STEPS = 20;
