import type { ProbeDocument, SentryMarker } from '../commands/probe';
import type { RemoteCommand } from '../commands/remote-command';
import type { ReleaseNotes } from '../config/release-notes';
import type { Standing } from '../facts/standing';
import type { Difference } from './drift';

/** Raised when the shape of a stored plan changes; a reader refuses what it does not know. */
export const PLAN_FORMAT = 1;

export const PHASES = ['prepare', 'backup', 'close', 'stop', 'migrate', 'switch', 'start', 'check', 'open', 'settle'] as const;
export type Phase = (typeof PHASES)[number];

/** What happens on one host for a step: its way forward and its way back. Both are the commands themselves, already rendered. */
export interface Task {
  readonly run?: RemoteCommand;
  /** Absent where there is nothing to take back. Must accept "not done", "half done" and "done", and name anything else. */
  readonly undo?: RemoteCommand;
}

/** A reading of the site as users get it, taken by the worker. */
export interface OutsideProbe {
  readonly name: string;
  readonly url: string;
  /** Address to connect to in place of what DNS says. */
  readonly connect?: string;
  /** PEM text of a certificate authority to trust beside the system's. */
  readonly ca?: string;
  readonly status: number;
  readonly json?: Readonly<Record<string, string | readonly string[]>>;
  readonly contains?: string;
  /** Milliseconds that the answer may take. */
  readonly within?: number;
  /** Where the reading is more than a plain request: the whole of it, in place of the fields above but `name`. */
  readonly document?: ProbeDocument;
}

/** Work of the worker's own: the release's tests on its machine, or a copy of a host's file in the bucket for backups. */
export type Job =
  | { readonly kind: 'tests'; readonly commit: string }
  /** Sentry learns of the release; when, the worker fills in. */
  | { readonly kind: 'marker'; readonly document: Omit<SentryMarker, 'started' | 'finished'> }
  /** `trial`: the copy is taken away again; it was made to see that one can be. */
  | { readonly kind: 'offsite'; readonly host: string; readonly file: string; readonly name: string; readonly trial?: true };

/** Where users reach the site, as the worker connects: its own address book, not the client's. */
export interface Outside {
  readonly connect?: string;
  /** PEM text. */
  readonly ca?: string;
}

/**
 * One line of the runbook. A `change` goes through the ledger (once per host and deployment); a `check` only reads, may be
 * repeated, and belongs to the way forward (`run`), the way back (`undo`: what must hold once everything after it is undone), or both.
 */
export interface Step {
  /** Position and slug, such as `07-stop-the-app`: the name of its record on the host. */
  readonly id: string;
  readonly title: string;
  /** The runbook's verb: the Temporal activity type. */
  readonly activity: string;
  readonly phase: Phase;
  readonly kind: 'change' | 'check';
  /** By host name. Steps on the worker use the key `worker`. */
  readonly tasks: Readonly<Record<string, Task>>;
  /** What to do with a running one when told to go back. */
  readonly onTurnBack: 'finish' | 'stop';
  /** Seconds the program may take; kept on the host as well. */
  readonly limit: number;
  /** For checks by the worker. */
  readonly outside?: { readonly run?: readonly OutsideProbe[]; readonly undo?: readonly OutsideProbe[]; readonly seconds: number };
  /** For what the worker does itself. */
  readonly job?: Job;
  /** Schema changes: how they may be taken back once traffic was let in. `classified`: as the step that `classifies` found. */
  readonly schema?: 'additive' | 'reversible' | 'irreversible' | 'classified';
  /** Its output's last line is `schema: none | additive | reversible | irreversible`. */
  readonly classifies?: true;
  /** The step that lets users in: from its start on, what they write counts. */
  readonly letsTrafficIn?: true;
}

export interface Observed {
  readonly versions: Readonly<Record<string, string | null>>;
  readonly app: { readonly kind: string; readonly target: string | null };
  readonly revision: { readonly release: string; readonly commit: string; readonly deployment: string } | null;
  readonly units: readonly { readonly name: string; readonly state: string | null; readonly enabled: string | null; readonly sha256: string | null; readonly dropIns: readonly string[] }[];
  readonly site: { readonly enabled: string | null; readonly vhostSha256: string | null; readonly others: readonly string[] };
  readonly disk: Readonly<Record<string, { readonly free: number; readonly percent: number }>>;
  /** Bytes. */
  readonly memoryAvailable: number;
  readonly load: number;
  readonly certificates: readonly { readonly path: string; readonly days: number | null }[];
}

/** A whole deployment as data. Never computed again: the way back months later runs what stands here. */
export interface Plan {
  readonly format: typeof PLAN_FORMAT;
  readonly app: string;
  readonly environment: string;
  readonly deployment: string;
  readonly strategy: string;
  readonly release: { readonly tag: string; readonly commit: string };
  /** What was live before: null where nothing was known to be. `deployment` is null for a brownfield. */
  readonly previous: { readonly tag: string | null; readonly deployment: string | null; readonly path: string } | null;
  /** The state folder of this app and environment on every host. */
  readonly root: string;
  readonly hosts: readonly string[];
  readonly steps: readonly Step[];
  /** Intent only (see hash.ts): what an approver signs. */
  readonly hash: string;
  /** What was found on each host before the first change, for people and reports; outside the hash. */
  readonly observed?: Readonly<Record<string, Observed>>;
  /** By host: what stood there before, where somebody had written down what was left. A way back leaves just that; outside the hash. */
  readonly before?: Readonly<Record<string, Standing>>;
  /** Differences from what was left that whoever asked for the deployment takes as they are: the way back leads to them. */
  readonly adopted?: readonly Difference[];
  /** Errors of the live release as Sentry counted them before; outside the hash. */
  readonly baseline?: readonly { readonly name: string; readonly verdict: string; readonly value: unknown; readonly why: string | null }[];
  /** What stands in nobody's way and is to be known all the same, a sentence each; outside the hash. */
  readonly notes?: readonly string[];
  /** What a person wrote for the release; outside the hash, for it changes nothing on a host. */
  readonly releaseNotes?: ReleaseNotes;
  readonly limits: { readonly deadline: number; readonly undoBudget: number; readonly heartbeat: number; readonly remind?: number };
}

/** The key of a task on the way: `07-stop-the-app@web-1`. */
export function taskKey(step: Step, host: string): string {
  return `${step.id}@${host}`;
}
