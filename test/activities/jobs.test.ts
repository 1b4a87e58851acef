// The release's tests on the worker's own machine, with real git and real programs.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { TaskInput } from '../../src/activities/contract';
import type { Deps } from '../../src/activities/deps';
import { doJob } from '../../src/activities/jobs';
import { lastWords } from '../../src/activities/last-words';

function checkout(): { directory: string; commit: string } {
  const directory = mkdtempSync(join(tmpdir(), 'sternway-jobs-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const git = (...args: string[]) => execFileSync('git', ['-C', directory, '-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], { encoding: 'utf8' }).trim();
  git('init', '--quiet');
  writeFileSync(join(directory, 'ok'), '');
  git('add', '.');
  git('commit', '--quiet', '-m', 'first');
  return { directory, commit: git('rev-parse', 'HEAD') };
}

const testing = (directory: string, run: string[], commit: string, direction: 'forward' | 'undo' = 'forward') => {
  const deps = { environment: () => ({ settings: { tests: { on: 'worker', directory, run } } }) } as unknown as Deps;
  return doJob(deps, { app: 'shop', environment: 'production', limit: 20, direction } as TaskInput, { kind: 'tests', commit });
};

test("the release's tests run in the worker's checkout of just that commit, and their words are kept [PF-08]", async () => {
  const { directory, commit } = checkout();
  expect(await testing(directory, ['sh', '-c', 'ls; echo 3 passed'], commit)).toMatchObject({ state: 'ended', tail: 'ok\n3 passed\n' });
});

test('tests that fail, or that are not to be found, fail the step with their last words [PF-08]', async () => {
  const { directory, commit } = checkout();
  await expect(testing(directory, ['sh', '-c', 'echo 1 failed >&2; exit 3'], commit)).rejects.toThrow('the tests of the release ended with exit code 3: 1 failed');
  await expect(testing(directory, ['no-such-program'], commit)).rejects.toThrow('the tests of the release ended with ENOENT');
});

test('tests of another commit, or of no checkout at all, are not run: they would say nothing of this release [PF-08]', async () => {
  const { directory, commit } = checkout();
  const other = '0123456789abcdef0123456789abcdef01234567';
  const made = join(directory, 'made');
  await expect(testing(directory, ['touch', made], other)).rejects.toThrow(`the tests were not run: ${directory} on the worker is at ${commit.slice(0, 12)}, and the release is 0123456789ab; check that commit out there`);
  await expect(testing(tmpdir(), ['touch', made], other)).rejects.toThrow('is no git checkout');
  writeFileSync(join(directory, 'ok'), 'a fix that nobody has committed');
  await expect(testing(directory, ['touch', made], commit)).rejects.toThrow('has changes that are not committed (M ok)');
  writeFileSync(join(directory, '.git', 'index'), 'broken');
  await expect(testing(directory, ['touch', made], commit)).rejects.toThrow('cannot be asked for its changes (git status fails)');
  expect(execFileSync('ls', [directory], { encoding: 'utf8' })).toBe('ok\n');
});

test('the way back of tests changes nothing and runs nothing', async () => {
  expect(await testing('/no/such/directory', ['false'], 'x', 'undo')).toMatchObject({ state: 'undone' });
});

test('of what a program said last, the line that says what went wrong is told: no bare exit code, nothing that only sums up', () => {
  expect(lastWords('tar: a.bin: Wrote only 512 of 10240 bytes\ntar: Exiting with failure status due to previous errors\n')).toBe('tar: a.bin: Wrote only 512 of 10240 bytes');
  expect(lastWords('No space left on device.\n1\n\n')).toBe('No space left on device');
  expect(lastWords('waiting ...\n')).toBe('waiting ...');
  expect(lastWords('')).toBe('');
});
