import type { Tally } from '../approvals/tally';
import type { Later } from './order';

/** What one gate says. */
export interface Verdict {
  readonly gate: 'window' | 'notice' | 'freeze' | 'staging' | 'approval' | 'order';
  /** `open`: go. `wait`: it may open by itself or by what somebody does. `refused`: waiting will not open it. */
  readonly state: 'open' | 'wait' | 'refused';
  /** For `wait`: when to judge again at the latest (ISO, UTC); null when it is no clock that opens the gate. Else null. */
  readonly until: string | null;
  /** What, why and what to do, for a person. Begins small: it may stand after a colon. */
  readonly sentence: string;
  /** It was closed, and an override opened it. */
  readonly overridden?: true;
}

/** A verdict before its sentence is put together: an override leaves out what would have to be done. */
export interface Found extends Omit<Verdict, 'sentence'> {
  readonly what: string;
  readonly todo?: string;
}

/** No deployments until then (ISO with a zone), or until somebody ends it (null). */
export interface Freeze {
  readonly until: string | null;
  readonly reason: string;
  readonly by: string;
}

/** A deployment of the environment that the staging gate names. */
export interface Staged {
  readonly release: string;
  /** When it ended: ISO with a zone. */
  readonly at: string;
  /** As runs end: `deployed`, `rolled-back`, `incomplete`; one that is `unchanged` says nothing and is passed over. */
  readonly outcome: string;
}

/** All that gates are judged by, beside settings and time. Times are ISO with a zone. */
export interface GateFacts {
  readonly requestedAt: string;
  /** When the notice of this deployment went out. */
  readonly noticeGivenAt: string | null;
  readonly freeze: Freeze | null;
  /** In any order; those of other releases do not count. */
  readonly staging: readonly Staged[];
  /** Of approvals that were verified for this plan, and have not expired. */
  readonly approvals: Tally;
  /** Who asked, where nobody can tell which of the signers that is: one of the approvals may be the author's own. */
  readonly stranger?: string;
  /** Another deployment that was asked for later; absent: there is none. */
  readonly later?: Later | null;
}

/** Somebody who lets a deployment through closed gates, and why. */
export interface Override {
  readonly by: string;
  readonly reason: string;
}
