import type { Approval } from '../approvals/sign';
import type { Figures, Look } from '../bake/look';
import type { RemoteCommand } from '../commands/remote-command';
import type { Job, OutsideProbe, Plan } from '../plan/plan';
import type { SchemaKind } from '../plan/schema-kind';
import type { Override, Verdict } from '../gates/verdict';
import type { Token } from '../hosts/host';
import type { Span, Subject, Telling } from '../messages/moments';
import type { Role } from '../messages/people';
import type { Closing } from '../events/closing';
import type { Alerts } from '../messages/repeats';
import type { Message } from '../messages/routes';

/** Who asked, by which way, and why: stands on every message and in every claim. */
export interface Asked {
  readonly by: string;
  readonly via: string;
  readonly reason: string;
}

/** One run of a workflow on an environment. `holder` is the claim's name on the hosts: a rollback hours later has its own. */
export interface Operation extends Asked {
  readonly app: string;
  readonly environment: string;
  readonly deployment: string;
  readonly holder: string;
  /** End a claim that another run left open on the hosts. */
  readonly takeOver?: boolean;
}

/** By host name. */
export type Tokens = Readonly<Record<string, Token>>;

/** What the client resolved from its sternway.yml, opaque to the workflow; absent: the worker's own file counts. */
export type SettingsInput = unknown;

export interface PrepareInput {
  readonly operation: Operation;
  readonly release: string;
  readonly settings?: SettingsInput;
  /** Take the hosts as they are where they differ from what was left there. */
  readonly adopt?: boolean;
}

/** Everything a task on a host needs; the activity that runs it looks nothing up but the connection and secrets. */
export interface TaskInput {
  readonly app: string;
  readonly environment: string;
  readonly root: string;
  readonly deployment: string;
  readonly token: Token;
  readonly host: string;
  readonly step: { readonly id: string; readonly title: string; readonly phase: string; readonly kind: 'change' | 'check' };
  readonly direction: 'forward' | 'undo';
  /** Absent in an undo where there is nothing to run: the step is only settled. */
  readonly command?: RemoteCommand;
  readonly outside?: { readonly probes: readonly OutsideProbe[]; readonly seconds: number };
  /** Work of the worker's own. */
  readonly job?: Job;
  readonly mode: 'finish' | 'stop';
  /** Seconds, kept on the host as well. */
  readonly limit: number;
  /** An undo that a person asked to try again. */
  readonly again?: boolean;
  readonly by: string;
}

export interface TaskResult {
  readonly state: string;
  /** Seconds from the program's own start to its end, measured on the host. */
  readonly seconds: number | null;
  readonly tail: string;
  readonly adopted: boolean;
  /** When the program began, on the host's clock (ISO, UTC). */
  readonly at: string | null;
}

/** A task whose undo cannot go on without a person. */
export interface Blocked {
  readonly task: string;
  readonly title: string;
  readonly host: string;
  readonly sentence: string;
  /** Rows and minutes at risk and the like; empty where the undo simply failed. */
  readonly hold: boolean;
}

/** Which deployment a rollback would undo, and how far its steps came. */
export interface Head {
  readonly plan: Plan;
  /** Keys (`step@host`) of tasks with a record that is not settled back. */
  readonly attempted: readonly string[];
  /** When users were let in; null: never. */
  readonly openedAt: string | null;
  /** What the pending migrations were found to be; null: nobody looked. */
  readonly schema: SchemaKind | null;
  /** Seconds that the way back will take, by what its steps took on their way forward; runs of before this was known have none. */
  readonly estimate?: number;
}

/** What the worker's own sternway.yml says of people and time, as far as a workflow acts by it. Read once, at a run's beginning. */
export interface Policy {
  /** Null: nobody is told anything. */
  readonly messages: PeoplePolicy | null;
  /** Where the report is kept when a run ends: a directory or the address of a folder, each without a slash at its end. */
  readonly reports: readonly string[];
  /** Milliseconds between samples, and from users let in to the end of each stage; null: nothing is watched. */
  readonly bake: { readonly every: number; readonly watch: readonly number[] } | null;
  /** What people see to afterwards; absent: nothing. */
  readonly followUps?: readonly FollowUpTask[];
}

/** Something that people see to after a deployment or a rollback. Seconds. */
export interface FollowUpTask {
  readonly name: string;
  /** From the end of the run. */
  readonly after: number;
  readonly what: readonly string[];
  readonly on: readonly ('deployed' | 'rolled-back')[];
  /** From when it is due to the first reminder. */
  readonly remind: number;
}

/** What a drill rehearses, by Temporal's history and the worker's own sternway.yml. */
export interface Rehearsal {
  /** The environment that it takes place on. */
  readonly on: string;
  /** The release that is live, and its deployment. */
  readonly release: string;
  readonly deployment: string;
  /** The release that was live before it. */
  readonly previous: string;
  /** What the drill environment has now; null where its hosts do not say. */
  readonly live: string | null;
  /** The backup of the live deployment is to be proven. */
  readonly restore: boolean;
}

/** How people are told; seconds. */
export interface PeoplePolicy {
  /** Between updates on the way back. */
  readonly every: number;
  /** Whom to ask, in order, when nobody sees to it, and how long each has. */
  readonly roles: readonly Role[];
  readonly escalate: number;
  /** What a deployment and its maintenance page take, as people are told. */
  readonly duration: Span;
  readonly downtime: Span;
}

/** What to look at for a bake. Times: ISO 8601, by the workflow's clock. */
export interface LookInput {
  readonly app: string;
  readonly environment: string;
  readonly deployment: string;
  readonly release: string;
  /** When users were let in, now, and the sample before: an access log is read from there. */
  readonly begun: string;
  readonly at: string;
  readonly from: string;
  /** Milliseconds from one sample to the next. */
  readonly every: number;
  /** What was read before the deployment, and since users were let in as far as it is still needed. */
  readonly before: Figures;
  readonly figures: Figures;
  /** A stage is over. */
  readonly ending: boolean;
}

/** What a request learns each time it plans again: small enough to stand in its history many times. */
export interface PlanSeen {
  /** As in Plan: what approvers sign. */
  readonly hash: string;
  readonly commit: string;
  /** The release that is live. */
  readonly previous: string | null;
  readonly hosts: readonly string[];
  /** Users are shut out for a time. */
  readonly closes: boolean;
  /** Their titles, with the phase of each and how it is taken back: `migrate: apply migrations (undo)`. */
  readonly steps: readonly string[];
  readonly notes: readonly string[];
}

/** May this deployment start now? */
export interface GateQuestion {
  readonly operation: Operation;
  readonly release: string;
  /** Of the plan that would be carried out. */
  readonly hash: string;
  /** Milliseconds since 1970, by the workflow's clock; the worker's counts where it is further on. */
  readonly now: number;
  readonly approvals: readonly Approval[];
  readonly override: Override | null;
}

/** What the gates of the worker's own sternway.yml say. Times are ISO, UTC. */
export interface Judged {
  readonly verdicts: readonly Verdict[];
  /** The earliest start that clocks alone allow; null where none is known. */
  readonly next: string | null;
  /** When the window ends in which it may start now; null without one, outside of one, and when it was overridden. */
  readonly windowEnd: string | null;
  /** Principals, and a sentence for each approval that does not count. */
  readonly approved: readonly string[];
  readonly rejected: readonly string[];
  readonly dropped: readonly string[];
}

/** How a deployment came through. */
export interface Passed extends Pick<Judged, 'verdicts' | 'windowEnd' | 'approved'> {
  /** Who let it through gates that were closed; null where none was. */
  readonly overridden: Override | null;
}

export type { Approval, Override, Verdict };

/** What became of a moment's messages: the server's own word, or why it was not taken. */
export interface Told {
  readonly alerts: Alerts;
  readonly deliveries: readonly (Pick<Message, 'key' | 'channel' | 'recipient' | 'audience'> & ({ readonly delivered: true; readonly word: string } | { readonly delivered: false; readonly why: string }))[];
}

/** The activities beside the steps' own verbs. */
export interface CoreActivities {
  /** Tells people, as the worker's own sternway.yml says. `number` counts this moment in the deployment, from 1; the same again is the same message. */
  tell(input: { telling: Telling; number: number; subject: Subject; alerts: Alerts }): Promise<Told>;
  /**
   * Writes the report of the run that asks, by its history up to now and the end that it is about to have, to where the worker's own sternway.yml says.
   * `run`: of that one instead, which has its end in its history; while it has none nothing is written, for it writes its own. @returns each file's place
   */
  storeReport(input: { target: { app: string; environment: string }; name: string; end: Closing | null; run?: string }): Promise<{ where: readonly string[] }>;
  /** What the bake's sources say before the first change, a few samples of each. What cannot be read is no data. */
  sampleBefore(input: Pick<LookInput, 'app' | 'environment' | 'at'> & { previous: Plan['previous'] }): Promise<Figures>;
  /** One sample of every source, and what all thresholds say to it. Null: the worker's own sternway.yml has no bake any more. */
  sampleBake(input: LookInput): Promise<Look | null>;
  readPolicy(target: { app: string; environment: string }): Promise<Policy>;
  /** Claims every host for the operation and drains what still runs there. @throws Busy, ConnectionLost */
  claimHosts(operation: Operation): Promise<Tokens>;
  /** Reads the hosts, applies preflight, and computes the plan. @throws Refused with every reason at once */
  preparePlan(input: PrepareInput): Promise<Plan>;
  /** As preparePlan, for what only waits: nothing is claimed or kept. @throws Refused with every reason at once */
  seePlan(input: PrepareInput): Promise<PlanSeen>;
  /** What every gate says, for what can wait. */
  judgeGates(question: GateQuestion): Promise<Judged>;
  /** The same for a deployment about to begin. @throws Refused with the sentence of every gate that is not open */
  passGates(question: GateQuestion): Promise<Passed>;
  /** Deployments that wait look again now, as a freeze is over. */
  wakeRequests(target: { app: string; environment: string }): Promise<void>;
  /** Keeps plan and break-glass.sh on every host. */
  storePlan(input: { plan: Plan; tokens: Tokens }): Promise<void>;
  /** What a rollback would undo. @throws Refused when there is nothing */
  readHead(operation: Operation): Promise<Head>;
  /**
   * Ends the claims that the operation's holder has open, on a host without a token too: a claim that failed half way gave none.
   * A claim of this holder's that arrives later is refused; with the outcome `abandoned` it may come back.
   * On success the deployment becomes the head, after a way back its predecessor.
   */
  closeClaims(input: { operation: Operation; tokens: Tokens; outcome: string; plan?: Plan; head: 'set' | 'restore' | 'keep' }): Promise<void>;
  /** Minutes since users were let in and rows written since, for a person's decision. */
  describeLoss(input: { plan: Plan; step: string; host: string; openedAt: string | null }): Promise<string>;
  /** What a drill of this environment rehearses. Changes nothing. @throws Refused when there is nothing that could be, Busy while the drill environment or this one is held */
  planDrill(target: { app: string; environment: string }): Promise<Rehearsal>;
  /** The release that an environment's hosts serve; null where they do not say. `release`: a tag of the app. */
  readLive(input: { app: string; environment: string; release: string }): Promise<{ release: string | null }>;
  /** Loads the backup of a deployment into an empty place beside the database, compares, and takes it away again. */
  proveBackup(input: { app: string; environment: string; deployment: string }): Promise<{ proven: boolean; sentence: string }>;
  /** Puts a question where people see it: the worker's log, and by its input the history. */
  askAPerson(blocked: Blocked): Promise<void>;
}
