import { UserError } from './user-error';

export interface Problem {
  /** Where in the document: `environments.production.hosts.web-1.port`, `units[0].name`; empty: the document as a whole. */
  readonly path: string;
  /** What is wrong there, with what was found: `must be a duration (got 30)`. */
  readonly problem: string;
  /** What to do about it. */
  readonly hint?: string;
  /** Counted from 1; absent where the document came from no file. */
  readonly line?: number;
}

/** All mistakes of a configuration at once, in the order of the file. */
export class ConfigError extends UserError {
  override readonly name = 'ConfigError';

  /** `source`: the file, or what else the settings came from. */
  constructor(
    readonly source: string,
    readonly problems: readonly Problem[],
  ) {
    const count = problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`;
    super(`${source} has ${count}:\n${problems.map((problem) => `  ${problemText(problem)}`).join('\n')}`);
  }
}

/** `timeouts.deadline (line 12): must be a duration (got 30) - for example 30m` */
export function problemText({ path, problem, hint, line }: Problem): string {
  const at = line === undefined ? '' : path === '' ? `line ${line}` : ` (line ${line})`;
  const where = path + at;
  return `${where === '' ? '' : `${where}: `}${problem}${hint === undefined ? '' : ` - ${hint}`}`;
}

/** Keys as one path: `units[0].name`, `hosts["a.b"]`. */
export function pathText(keys: readonly PropertyKey[]): string {
  return keys
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      const name = String(key);
      if (!/^[A-Za-z0-9_-]+$/.test(name)) return `[${JSON.stringify(name)}]`;
      return index === 0 ? name : `.${name}`;
    })
    .join('');
}
