/** How a command inside a host ended. `code` is null when a signal ended it. */
export interface RunResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * A Linux host of its own to deploy to: sshd, nginx, systemd, Python, sudo. What is offered here goes *around* Sternway
 * (straight into the host's namespaces), so that a test can look and interfere independently of what it tests.
 * All methods that wait reject with an Error in one sentence when the host does not do it within 60 s.
 */
export interface TargetHost {
  readonly name: string;
  /** IPv4 address, reachable from this machine only. */
  readonly address: string;
  /** Port of sshd. */
  readonly port: number;
  /** Logs in by key, may do everything through `sudo -n`. */
  readonly user: 'deploy';
  readonly privateKeyPath: string;
  /** The only host key that this host has: `ssh-ed25519 AAAA…`, without a comment. */
  readonly hostKey: string;
  /**
   * The host's `/` seen from this machine. Beware of absolute links: they lead to this machine's files when followed from
   * here; and `/run`, `/tmp`, `/proc` are other file systems that are not seen. `run` has neither trouble.
   */
  readonly root: string;
  /** Runs a command with bash inside, as root by default, in that user's home. Rejects only when the host is not running. */
  run(command: string, options?: { user?: string; input?: string | Buffer }): Promise<RunResult>;
  /** Writes a file as root, parents included; `mode` 0o644 by default. Replaces a link instead of following it. */
  put(path: string, content: string | Buffer, mode?: number): Promise<void>;
  /** Copies the content of a local directory into a directory inside, made if need be; owned by root, modes kept. */
  copyIn(localDirectory: string, path: string): Promise<void>;
  /** A clean reboot from within; resolves when the host is up again. */
  reboot(): Promise<void>;
  /** Power loss: every process is gone at once. The disk stays. */
  kill(): Promise<void>;
  /** A clean shutdown. */
  shutDown(): Promise<void>;
  /** Boots a host that was killed or shut down; resolves when it is up. */
  start(): Promise<void>;
  /** Kills it and removes all that it was: processes, cgroup, network, mount, disk. */
  remove(): Promise<void>;
}
