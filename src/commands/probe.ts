import { argv } from './remote-command';

/** One reading by the host's helper; fields as in src/hosts/helper/probe.py. */
export interface HostProbe {
  readonly name: string;
  readonly url: string;
  /** `127.0.0.1:8443`: where to connect, in place of what the name says. */
  readonly connect: string;
  /** False on a local way in, whose certificate is judged from outside and by its dates. */
  readonly verify: boolean;
  readonly status: number;
  readonly json?: Readonly<Record<string, string>>;
  readonly contains?: string;
  readonly within_ms?: number;
  /** Seconds: polled until it passes or these are over. */
  readonly until: number;
}

/** A line that takes the reading and fails unless it passes; `unknown` is not a pass. */
export function probe(helper: string, reading: HostProbe): string {
  return argv('python3', '-I', helper, 'probe', JSON.stringify(reading));
}
