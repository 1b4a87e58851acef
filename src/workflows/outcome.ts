import { ApplicationFailure } from '@temporalio/workflow';

/** What the hosts are. */
export type Outcome = 'deployed' | 'rolled-back' | 'incomplete' | 'unchanged';
/** Why they are not what was asked for. */
export type Cause = 'failure' | 'deadline' | 'signal' | 'cancel' | 'threshold';

/** The result of a run, completed or failed alike; small enough for details and memo. */
export interface Result {
  outcome: Outcome;
  cause: Cause | null;
  /** One sentence for a person: what happened and what the hosts are. */
  sentence: string;
  deployment: string;
  release: string;
  /** `title@host` of undos that a person skipped. */
  skipped: string[];
  /** A schema that stayed although the code went back. */
  schemaAhead: string[];
  /** Drift that was taken as it was, by kind: `1 vhost, 2 unit`. */
  adopted?: string;
  /** Who let it pass gates that were closed, and why: `ada@shop.test: the site is down anyway`. */
  overridden?: string;
}

/** How a bake ended: `yielded` to another change, `stopped` because nothing says any more what to watch. */
export interface BakeResult {
  outcome: 'healthy' | 'rolled-back' | 'yielded' | 'stopped';
  sentence: string;
  deployment: string;
  release: string;
}

/** Failure types of a finished run, as the CLI and the Temporal UI see them. */
export const FAILURE = { refused: 'Refused', busy: 'Busy', withdrawn: 'Withdrawn', rolledBack: 'RolledBack', incomplete: 'Incomplete' } as const;
export type FailureType = (typeof FAILURE)[keyof typeof FAILURE];

/** How a run ends: without `failure` it is what was asked for. */
export interface Ending {
  readonly result: Result;
  readonly failure?: FailureType;
}

/** A run that ends without what was asked: its one sentence is the failure's message, visible without a worker. */
export function failed(result: Result, type: FailureType): ApplicationFailure {
  return ApplicationFailure.create({ message: result.sentence, type, nonRetryable: true, details: [result] });
}
