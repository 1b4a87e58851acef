import type { PathFact, Standing, Unfinished } from './standing';

export type { PathFact, Standing, Unfinished } from './standing';

/** What `facts.py` reads from one host before any change. Observations (disk, load, time) among it never enter a plan's hash. */
export interface HostFacts {
  readonly boot: string;
  readonly cpus: number;
  readonly load: number;
  /** Bytes. */
  readonly memoryAvailable: number;
  /** By path: free bytes, and free share in percent. */
  readonly disk: Readonly<Record<string, { free: number; percent: number }>>;
  readonly app: PathFact;
  /** REVISION of the live release, where a deployment of ours wrote one. */
  readonly revision: { release: string; commit: string; deployment: string } | null;
  /** Of the folders that a first deployment makes, those that stand already. */
  readonly folders: readonly string[];
  /** Which shared paths exist in the live tree. */
  readonly shared: Readonly<Record<string, boolean>>;
  /** What those that are links say. */
  readonly sharedLinks: Readonly<Record<string, string>>;
  /** `git status --porcelain` lines of the live tree. */
  readonly dirty: readonly string[];
  readonly units: readonly UnitFact[];
  readonly nginx: NginxFact;
  readonly certificates: readonly { path: string; days: number | null; matches: boolean; problem: string | null }[];
  readonly versions: Readonly<Record<string, string | null>>;
  readonly env: { missing: string[]; wrong: string[]; file: boolean } | null;
  readonly release: { commit: string | null; problem: string | null };
  /** Whether the configured user and group exist. */
  readonly owner: boolean;
  readonly database: PathFact | null;
  /** Of the ports asked about. */
  readonly listening: readonly number[];
  /** For strategy compose: the project's services as they run; null with another strategy. */
  readonly containers: ContainersFact | null;
  /** How the site answers each probe now. */
  readonly probes: Readonly<Record<string, ProbeFact>>;
  /** Programs that the plan needs and the host lacks. */
  readonly tools: readonly string[];
  readonly head: { deployment?: string; release?: string } | null;
  /** What may be changed by hand, as it is now. */
  readonly standing: Standing;
  /** The same as the last deployment, or its way back, left it; null: nobody wrote it down. */
  readonly left: Standing | null;
  /** The claim that is open now. */
  readonly claim: { holder: string; deployment: string; by: string; at: string } | null;
  /** Oldest first. */
  readonly unfinished: readonly Unfinished[];
}

export interface UnitFact {
  readonly name: string;
  readonly path: string;
  readonly sha256: string | null;
  readonly active: boolean;
  readonly state: string | null;
  readonly enabled: string | null;
  readonly dropIns: readonly string[];
  readonly fragment: string | null;
}

export interface ContainersFact {
  /** Why Docker or Compose cannot be asked; null: they answer. */
  readonly problem: string | null;
  /**
   * By service; `image` is the id of what runs, `name` the name that its container was made with, `named` the id behind it now,
   * `containers` how many run (1 where it is stopped), `grace` the seconds of its stop_grace_period, `files` the compose files that it was made with.
   */
  readonly services: Readonly<Record<string, { running: boolean; image: string; name: string; named: string | null; health: string | null; containers: number; grace: number | null; files: readonly string[] }>>;
  /** `service 0.0.0.0:6379->6379/tcp`: what the project publishes to every network. */
  readonly exposed: readonly string[];
}

export interface NginxFact {
  readonly active: boolean;
  readonly testOk: boolean;
  readonly test: string;
  readonly enabled: PathFact;
  readonly vhost: string | null;
  readonly vhostSha256: string | null;
  readonly maintenanceSha256: string | null;
  readonly others: readonly { path: string; kind: string; target: string | null }[];
}

export interface ProbeFact {
  readonly status: number | null;
  readonly json: unknown;
  readonly contains: boolean;
  readonly why: string | null;
}

/** By host name. */
export type Facts = Readonly<Record<string, HostFacts>>;
