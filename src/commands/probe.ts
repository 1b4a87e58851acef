import { argv, quote } from './remote-command';

/** `{ secret: NAME }` where a value belongs; the value itself comes by stdin, at the last moment. */
export interface SecretReference {
  readonly secret: string;
}

/** `{ env: NAME }`: a value of the app's own `.env`, on the host alone. */
export interface EnvReference {
  readonly env: string;
}

/** What a request holds. `file` makes it multipart, with bytes made by the probe. */
export interface Send {
  readonly json?: Readonly<Record<string, unknown>> | undefined;
  readonly text?: string | undefined;
  readonly form?: Readonly<Record<string, string | number | boolean | SecretReference | EnvReference>> | undefined;
  readonly file?: { readonly field: string | undefined; readonly name: string; readonly type: string; readonly size: number };
}

type Headers = Readonly<Record<string, string | SecretReference | EnvReference>>;

/** What an answer must be. A field may have several places (`a.b|c`), and a list of values that will do. */
export interface Expected {
  readonly status: number;
  readonly json?: Readonly<Record<string, string | readonly string[]>>;
  readonly contains?: string;
}

interface Common {
  readonly name: string;
  /** 1, 2 or 3; absent: 1. */
  readonly tier?: number | undefined;
  /** Seconds for one reading. */
  readonly timeout?: number | undefined;
  /** Seconds: read again until it passes or these are over. Absent: once. */
  readonly until?: number | undefined;
}

/** How the site is reached. */
export interface Way {
  /** `127.0.0.1:8443`: where to connect, in place of what the name says. */
  readonly connect?: string | undefined;
  /** False on a local way in, whose certificate is judged from outside and by its dates. */
  readonly verify?: boolean | undefined;
  /** PEM text of a certificate authority to trust beside the system's. */
  readonly ca_pem?: string | undefined;
  /** The app's `.env`, for `{ env: NAME }` in requests. */
  readonly env_file?: string | undefined;
}

/** One request: the kind of a document that names none. */
export interface RequestDocument extends Common, Way, Expected {
  readonly kind?: 'http' | undefined;
  readonly url: string;
  readonly method?: string | undefined;
  readonly headers?: Headers | undefined;
  readonly send?: Send | undefined;
  readonly within_ms?: number | undefined;
}

export interface ScenarioStep extends Partial<Expected> {
  readonly path: string;
  readonly method?: string | undefined;
  readonly headers?: Headers | undefined;
  readonly send?: Send | undefined;
  readonly within_ms: number;
  readonly capture?: Readonly<Record<string, string>> | undefined;
  readonly websocket?: true | undefined;
  readonly subprotocols?: readonly string[] | undefined;
  readonly test_mode?: string | undefined;
}

/** How `manage.py` is run: `argv` is the prefix, for example `venv/bin/python manage.py` or `docker-compose … exec -T web python manage.py`. */
export interface Runner {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Absent: the helper's own account, root. */
  readonly user?: string | undefined;
}

/** The compose command with project and files, such as `docker-compose -p notes -f …`. */
export interface Compose {
  readonly argv: readonly string[];
  readonly cwd: string;
}

type Django<T> = Common & T & { readonly runner: Runner | null };

/** One reading with its limits, as src/hosts/helper/probe.py takes it. Never holds a secret. */
export type ProbeDocument =
  | RequestDocument
  | (Common & Way & { readonly kind: 'scenario'; readonly url: string; readonly steps: readonly ScenarioStep[]; readonly cleanup: readonly ScenarioStep[] })
  | (Common & Way & { readonly kind: 'websocket'; readonly url: string; readonly headers?: Headers | undefined; readonly subprotocols?: readonly string[] | undefined; readonly status: number; readonly send?: string | undefined; readonly contains?: string | undefined })
  | (Common & Way & { readonly kind: 'tls' | undefined; readonly url: string; readonly days: number })
  | (Common & Way & { readonly kind: 'static'; readonly url: string; readonly file: string })
  | (Common & Way & { readonly kind: 'samples'; readonly url: string; readonly count: number; readonly every: number; readonly average_ms: number; readonly p95_ms?: number | undefined; readonly failures: number })
  | Django<{ readonly kind: 'celery'; readonly app?: string | undefined; readonly workers: number; readonly task?: string | undefined; readonly queue?: string | undefined }>
  | Django<{ readonly kind: 'cache' | undefined; readonly alias: string }>
  | Django<{ readonly kind: 'storage'; readonly alias: string; readonly signed: boolean }>
  | Django<{ readonly kind: 'count'; readonly model?: string | undefined; readonly table?: string | undefined; readonly least: number }>
  | Django<{ readonly kind: 'manage'; readonly command: readonly string[] }>
  | (Common & { readonly kind: 'redis'; readonly env_file: string; readonly env: string; readonly memory?: number | undefined; readonly clients?: number | undefined; readonly rejected?: number | undefined; readonly evicted?: number | undefined })
  | (Common & { readonly kind: 'access_log' | undefined; readonly path: string; readonly format?: string | undefined; readonly share: number; readonly least: number; /** A file that holds the seconds, or the seconds since 1970. */ readonly since: string | number })
  | (Common & { readonly kind: 'log'; readonly path: string; readonly mark: string; readonly fail_on: readonly string[]; readonly quiet: boolean })
  | (Common & { readonly kind: 'log'; readonly service: string; readonly compose: Compose | null; readonly since: string; readonly fail_on: readonly string[]; readonly quiet: boolean })
  | (Common & { readonly kind: 'cpu'; readonly busy: number; readonly over: number })
  | (Common & { readonly kind: 'memory'; readonly free: number })
  | (Common & { readonly kind: 'disk'; readonly free: number; readonly paths: readonly string[] })
  | (Common & { readonly kind: 'mysql'; readonly env_file: string; readonly host: string; readonly port: string; readonly user: string; readonly password: string; readonly threads: number; readonly peak?: number | undefined; readonly slow_log?: string | undefined; readonly mark?: string | undefined; readonly slow: number })
  | (Common & { readonly kind: 'containers'; readonly compose: Compose | null; readonly memory?: number | undefined; readonly cpu?: number | undefined })
  | (Common & Way & { readonly kind: 'sentry' | undefined; readonly url: string; readonly organization: string; readonly project: string; readonly environment: string; readonly release: string; readonly token: SecretReference; readonly critical: number; readonly warnings: number });

/** Tells Sentry that a release was deployed: its issues are counted from then. Seconds since 1970. */
export interface SentryMarker {
  readonly kind: 'sentry_deploy';
  readonly name: string;
  readonly url: string;
  readonly organization: string;
  readonly project: string;
  readonly environment: string;
  readonly release: string;
  readonly commit: string;
  readonly token: SecretReference;
  readonly started: number;
  readonly finished: number;
}

/** One reading by a host's helper. */
export type HostProbe = ProbeDocument;

export type Verdict = 'pass' | 'fail' | 'unknown';

/** What a probe prints, one line of JSON each. */
export interface Reading {
  readonly name: string | null;
  readonly tier: number;
  readonly verdict: Verdict;
  /** In words; null when it passes. */
  readonly why: string | null;
  /** What was measured, by name. */
  readonly value?: unknown;
  readonly ms: number | null;
}

/** Names of the secrets that a document needs, each once. */
export function secretsOf(value: unknown): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap(secretsOf))];
  if (typeof value !== 'object' || value === null) return [];
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === 'secret' && typeof entries[0][1] === 'string') return [entries[0][1]];
  return [...new Set(entries.flatMap(([, item]) => secretsOf(item)))];
}

/**
 * A line that takes the reading and fails unless it passes; `unknown` is not a pass. The secrets that it needs must be among
 * those of the command (RemoteCommand.secrets): they go by stdin, in the order of `secretsOf`, each ended by a NUL.
 */
export function probe(helper: string, reading: ProbeDocument): string {
  const line = argv('python3', '-I', helper, 'probe', JSON.stringify(reading));
  const secrets = secretsOf(reading);
  const odd = secrets.find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (odd !== undefined) throw new RangeError(`${JSON.stringify(odd)} cannot name a shell variable`);
  // printf is the shell's own: no argument of a program ever holds the value.
  return secrets.length === 0 ? line : `printf '%s\\0' ${secrets.map((name) => `"\${${name}}"`).join(' ')} | ${line} ${secrets.map(quote).join(' ')}`;
}
