import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ConnectionLost, LedgerRefused } from '../hosts/failures';
import type { Job } from '../plan/plan';
import { measure, upload, UPLOAD_URL } from '../commands/offsite';
import { Bucket, copyOffsite } from './offsite';
import { resolveSecret } from '../config/secrets';
import type { TaskInput, TaskResult } from './contract';
import type { Deps } from './deps';
import { stepFailed } from './failures';
import { lastWords } from './last-words';
import { takeReadings } from './outside';

const run = promisify(execFile);

/** What the worker does itself, beside the hosts. Neither has a way back: tests change nothing, a copy of a backup is kept. */
export async function doJob(deps: Deps, input: TaskInput, job: Job, signal?: AbortSignal): Promise<TaskResult> {
  if (input.direction === 'undo') return done('undone', '');
  if (job.kind === 'marker') return await mark(deps, input, job);
  return job.kind === 'tests' ? await tests(deps, input, job.commit, signal) : await offsite(deps, input, job);
}

/**
 * The release's tests on this machine. What is run, and where, comes from the worker's own sternway.yml and never from whoever started the
 * deployment. The checkout must be at the commit of the release.
 */
async function tests(deps: Deps, input: TaskInput, commit: string, signal?: AbortSignal): Promise<TaskResult> {
  const { settings } = deps.environment(input.app, input.environment);
  if (settings.tests?.on !== 'worker' || !settings.tests.directory) throw stepFailed("the worker's own sternway.yml has no tests with on: worker and a directory", 'StepFailed', {});
  const { run: [program = '', ...words], directory } = settings.tests;
  await insistOnCommit(directory, commit);
  try {
    const { stdout, stderr } = await run(program, words, { cwd: directory, timeout: input.limit * 1000, ...(signal ? { signal } : {}), maxBuffer: 16 << 20, env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: 'C.UTF-8' } });
    return done('ended', (stdout + stderr).slice(-2000));
  } catch (error) {
    const { code, killed, stdout = '', stderr = '' } = error as { code?: unknown; killed?: boolean; stdout?: string; stderr?: string };
    const tail = (stdout + stderr).slice(-2000);
    const words = lastWords(tail);
    const how = killed ? `took longer than ${input.limit} s and were stopped` : `ended with ${typeof code === 'number' ? `exit code ${code}` : String(code)}`;
    throw stepFailed(`the tests of the release ${how}${words ? `: ${words}` : ''}`, 'StepFailed', { tail });
  }
}

/** Tests of another commit say nothing of this release. */
async function insistOnCommit(directory: string, commit: string): Promise<void> {
  const git = (...words: string[]) => run('git', ['-C', directory, ...words], { timeout: 30_000 }).then(({ stdout }) => stdout.trim(), () => null);
  const found = await git('rev-parse', 'HEAD');
  const changed = found === commit ? await git('status', '--porcelain', '--untracked-files=no') : null;
  if (changed === '') return;
  const is = found === null ? 'is no git checkout of its user' : found === commit && changed === null ? 'cannot be asked for its changes (git status fails)' : changed ? `has changes that are not committed (${changed.split('\n').slice(0, 3).join('; ')})` : `is at ${found.slice(0, 12)}`;
  throw stepFailed(`the tests were not run: ${directory} on the worker ${is}, and the release is ${commit.slice(0, 12)}; check that commit out there (git -C ${directory} checkout ${commit.slice(0, 12)})`, 'StepFailed', {});
}

/** A Sentry that cannot be told is no reason to take a release back; the probe that reads it then says that it does not know. */
async function mark(deps: Deps, input: TaskInput, job: Extract<Job, { kind: 'marker' }>): Promise<TaskResult> {
  const { inventory } = deps.environment(input.app, input.environment);
  const finished = Math.floor(Date.now() / 1000);
  const [reading] = await takeReadings([{ ...job.document, started: startedAt(input.deployment) ?? finished, finished }], { secret: (name) => resolveSecret(inventory, name) });
  return done('ended', reading?.verdict === 'pass' ? 'Sentry knows of the release\n' : `Sentry was not told: ${reading?.why ?? 'no word'}\n`);
}

/** When a deployment began, in seconds, as its id says: `20261122-054512-v1-1-0`. */
function startedAt(deployment: string): number | undefined {
  const [, y, mo, d, h, m, s] = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-/.exec(deployment)?.map(Number) ?? [];
  return y === undefined ? undefined : Date.UTC(y, (mo ?? 1) - 1, d, h, m, s) / 1000;
}

/** The host uploads its proven dump itself, by an address that the worker signed; the store's own checksum is compared afterwards. */
async function offsite(deps: Deps, input: TaskInput, job: Extract<Job, { kind: 'offsite' }>): Promise<TaskResult> {
  const { settings, inventory } = deps.environment(input.app, input.environment);
  if (!settings.offsite) throw stepFailed("the worker's own sternway.yml has no offsite", 'StepFailed', {});
  const host = deps.host(inventory, settings, job.host);
  const bucket = new Bucket(bucketOf(settings.offsite), (name) => resolveSecret(inventory, name));
  try {
    const answer = await host.read(measure(job.file).script, input.limit);
    const [bytes = '', sha256 = ''] = answer.stdout.trim().split(' ');
    if (answer.code !== 0 || sha256.length !== 64) throw new Error(`${job.file} cannot be measured: ${answer.stderr.trim()}`);
    const copy = await copyOffsite(bucket, job.name, { path: job.file, bytes: Number(bytes), sha256 }, input.limit, async (signed, file) => {
      const sent = await host.read(upload(file, signed.headers, input.limit).script, input.limit, { [UPLOAD_URL]: signed.url });
      if (sent.code !== 0) throw new Error(`${lastWords(sent.stderr) || file.path} ${/^curl: (.*)$/m.exec(sent.stderr)?.[1] ?? ''}`.trim());
    });
    if (job.trial) await bucket.remove(copy.key);
    return done('ended', `${copy.bucket}/${copy.key}: ${copy.bytes} bytes, sha256 ${copy.sha256}${job.trial ? ', and taken away again' : ''}\n`);
  } catch (error) {
    // A lost line is tried again, as for every step: the same bytes under the same name.
    if (error instanceof ConnectionLost || error instanceof LedgerRefused) throw error;
    throw stepFailed(error instanceof Error ? error.message : String(error), 'StepFailed', {});
  } finally {
    bucket.close();
  }
}

/** The section as the bucket takes it, without keys that are undefined. */
export function bucketOf({ endpoint, ...rest }: NonNullable<ReturnType<Deps['environment']>['settings']['offsite']>) {
  return { ...rest, ...(endpoint ? { endpoint } : {}) };
}

function done(state: string, tail: string): TaskResult {
  return { state, seconds: null, tail, adopted: false, at: null };
}
