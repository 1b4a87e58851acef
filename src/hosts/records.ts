import type { RemoteCommand } from '../commands/remote-command';

/** The fencing token: every change presents it. */
export interface Token {
  readonly holder: string;
  readonly epoch: number;
}

/** A task's judged state, as the host's helper reports it. */
export interface TaskState {
  readonly state: 'absent' | 'running' | 'orphaned' | 'ended' | 'unknown' | 'never' | 'undo-failed' | 'undone';
  readonly run?: string | null;
  readonly code?: number | null;
  readonly why?: string;
  readonly timedOut?: boolean;
  readonly cancelled?: boolean;
  readonly at?: string;
  readonly ended?: string;
  readonly seconds?: number;
  /** The last 2,000 bytes of output, all bytes, and the sha256 of the whole, which stays on the host. */
  readonly tail?: string;
  readonly bytes?: number;
  readonly outputSha256?: string;
  readonly adopted?: boolean;
  readonly pid?: number;
  /** It ended before the host's last boot: its effects may not have reached the disk, verify them. */
  readonly earlierBoot?: boolean;
}

/** A run under way when an environment was claimed. `run`: `forward`, or `undo-1` and so on. */
export interface Running {
  readonly deployment: string;
  readonly step: string;
  readonly run: string;
}

export interface Claim extends Token {
  readonly deployment: string;
  readonly by: string;
  readonly at: string;
  readonly open: boolean;
  readonly outcome: string | null;
  /** False: the host begins nothing for this claim until `Host.drain` has ended what still runs under earlier ones. */
  readonly drained: boolean;
  /** Deployments whose runs were taken over and that nobody has ended since, the newest last; absent in claims of before this was known. */
  readonly unfinished?: readonly string[];
}

export interface TaskRequest extends Token {
  readonly deployment: string;
  readonly step: string;
  readonly command: RemoteCommand;
  readonly limit: number;
  readonly by?: string;
  readonly secrets?: Readonly<Record<string, string>>;
}
