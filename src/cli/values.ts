import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { InvalidArgumentError } from 'commander';

const UNIT: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** `90s`, `20m`, `1h30m` as seconds. */
export function durationValue(text: string): number {
  const parts = [...text.matchAll(/(\d{1,6})(s|m|h)/g)];
  const seconds = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNIT[unit ?? ''] ?? 0), 0);
  if (parts.map(([whole]) => whole).join('') !== text || seconds === 0) throw new InvalidArgumentError('write a duration such as 90s, 20m or 1h30m.');
  if (seconds > 7 * 86_400) throw new InvalidArgumentError('at most 168h.');
  return seconds;
}

/** When something ends: from now on (`36h`), or at a time with its zone (`2026-12-24T12:00Z`). */
export function untilValue(text: string, _before?: unknown, now = Date.now()): Date {
  const until = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(text) ? new Date(text) : /^[\dhms]+$/.test(text) ? new Date(now + durationValue(text) * 1000) : null;
  if (until === null || Number.isNaN(until.getTime())) throw new InvalidArgumentError('write a duration such as 36h, or a time with its zone such as 2026-12-24T12:00Z.');
  if (until.getTime() <= now) throw new InvalidArgumentError('that is over already.');
  return until;
}

/** A plan's hash, or enough of its beginning to know it again. */
export function hashValue(text: string): string {
  if (!/^[0-9a-f]{12,64}$/.test(text)) throw new InvalidArgumentError('the hash of a plan has 64 digits from 0 to f; 12 of them are enough.');
  return text;
}

export function portValue(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535) throw new InvalidArgumentError('a port is a number from 1 to 65535.');
  return port;
}

export function countValue(text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 1000) throw new InvalidArgumentError('a number from 1 to 1000.');
  return count;
}

/** Who or why: goes into histories, lists and messages, so it is one line of reasonable length. */
export function lineValue(text: string): string {
  const line = text.trim();
  if (line === '') throw new InvalidArgumentError('it is empty.');
  if (/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(line)) throw new InvalidArgumentError('it must be one line without control characters.');
  if (line.length > 300) throw new InvalidArgumentError('at most 300 characters.');
  return line;
}

export function releaseValue(text: string): string {
  if (!isRefName(text)) throw new InvalidArgumentError('a release is the name of a git tag, such as v2.1.0.');
  return text;
}

export function branchValue(text: string): string {
  if (!isRefName(text)) throw new InvalidArgumentError('it is not the name of a git branch.');
  return text;
}

/** By git's own rule; it must not look like an option either. */
function isRefName(text: string): boolean {
  return text !== '' && text.length <= 200 && !/^[-/.]|[\p{Cc}\p{Cs} ~^:?*[\]\\]|\.\.|\/\/|\/\.|@\{|\.lock(\/|$)|[/.]$/u.test(text) && text !== '@';
}

export function idValue(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/.test(text)) throw new InvalidArgumentError('a deployment id looks like 20261122-054512-v2-1-0; sternway history lists them.');
  return text;
}

/** `07-stop-the-app@web-1`, or `bake`. */
export function taskValue(text: string): string {
  if (text !== 'bake' && !/^[A-Za-z0-9][A-Za-z0-9._-]*@[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text)) throw new InvalidArgumentError('a task looks like 07-stop-the-app@web-1, or is bake; sternway status names those that wait.');
  return text;
}

/** Any value that must not be empty, as when a script's variable was not set. */
export function filledValue(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('it is empty.');
  return text;
}

/** Who asks, when not said: the person behind a CI job, else `user@host`. */
export function whoAsks(env: NodeJS.ProcessEnv = process.env): string {
  const ci: readonly [string, string][] = [
    ['GITHUB_ACTOR', 'github'],
    ['GITLAB_USER_LOGIN', 'gitlab'],
    ['BUILDKITE_BUILD_CREATOR', 'buildkite'],
    ['CIRCLE_USERNAME', 'circleci'],
    ['BITBUCKET_STEP_TRIGGERER_UUID', 'bitbucket'],
    ['BUILD_REQUESTEDFOR', 'azure'],
    ['CHANGE_AUTHOR', 'jenkins'],
  ];
  for (const [name, service] of ci) if (env[name]) return `${env[name]}@${service}`;
  return `${env.SUDO_USER ?? userName()}@${hostname()}`;
}

/** By which way: `ci` where nobody sits before the terminal. */
export function wayIn(env: NodeJS.ProcessEnv = process.env): string {
  return isCi(env) ? 'ci' : 'cli';
}

export function isCi(env: NodeJS.ProcessEnv = process.env): boolean {
  return env.CI !== undefined && !['', '0', 'false'].includes(env.CI);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? '?'}`; // a container without an entry in /etc/passwd
  }
}

/** The version in package.json, beside `src` and `dist`. */
export function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(`${__dirname}/../../package.json`, 'utf8')) as { version: string };
  return version;
}
