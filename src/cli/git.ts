import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { UserError } from '../config/user-error';
import { oneLine } from '../report/escape';

const execute = promisify(execFile);

/** git ended, and not well, or not in time. The message is one line of git's own words, without credentials. */
export class GitFailed extends Error {
  override readonly name = 'GitFailed';
  constructor(
    sentence: string,
    /** It was stopped: what it asked of a remote may still take effect. */
    readonly late: boolean,
  ) {
    super(sentence);
  }
}

/** Seconds that git may take: here, and where it talks to a remote. */
export interface GitLimits {
  readonly local: number;
  readonly network: number;
}

/** git in one directory of this machine: by argument vectors, never by a shell; it asks nobody for a password. */
export class Git {
  constructor(
    private readonly directory: string,
    private readonly limits: GitLimits = { local: 60, network: 120 },
  ) {}

  /** Standard output, trimmed. @throws GitFailed, and UserError where there is no git */
  async local(...args: string[]): Promise<string> {
    return await this.#run(args, this.limits.local);
  }

  /** As {@link local}, for what talks to a remote. */
  async network(...args: string[]): Promise<string> {
    return await this.#run(args, this.limits.network);
  }

  async #run(args: readonly string[], limit: number): Promise<string> {
    const running = execute('git', ['-C', this.directory, ...args], { env: environment(), timeout: limit * 1000, maxBuffer: 16 << 20 });
    // A hook that reads must come to an end.
    running.child.stdin?.end();
    try {
      return (await running).stdout.trim();
    } catch (error) {
      const { code, killed, stderr = '' } = error as { code?: unknown; killed?: boolean; stderr?: string };
      if (code === 'ENOENT') throw new UserError('git is not installed on this machine; install it');
      const what = `git ${args[0] ?? ''}`;
      throw killed ? new GitFailed(`${what} took longer than ${limit} s and was stopped`, true) : new GitFailed(`${what}: ${words(stderr) || `exit code ${String(code)}`}`, false);
    }
  }
}

function environment(): NodeJS.ProcessEnv {
  // Inside a hook these lead to the hook's repository, whatever directory is meant.
  const foreign = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_COMMON_DIR', 'GIT_OBJECT_DIRECTORY', 'GIT_ALTERNATE_OBJECT_DIRECTORIES', 'GIT_NAMESPACE', 'GIT_PREFIX'];
  const kept = Object.entries(process.env).filter(([name]) => !foreign.includes(name));
  // LC_ALL: `words` knows git's English. Optional locks: looking does not write the index.
  return { ...Object.fromEntries(kept), GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C.UTF-8' };
}

/** What of git's many lines says why; a URL in it may carry a password. */
function words(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const telling = lines.filter((line) => /^(fatal:|error:|remote:| ! \[)/.test(line));
  const said = (telling.length > 0 ? telling : lines.slice(-1)).map((line) => oneLine(line)).join('; ');
  return said.replace(/:\/\/[^/\s]*@/g, '://').slice(0, 500);
}
