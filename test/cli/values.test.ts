import { InvalidArgumentError } from 'commander';
import { describe, expect, test } from 'vitest';
import { durationValue, hashValue, isCi, lineValue, releaseValue, untilValue, wayIn, whoAsks } from '../../src/cli/values';
import { deploymentId } from '../../src/client';

test.each([['90s', 90], ['20m', 1200], ['1h30m', 5400], ['2h', 7200], ['1m30s', 90]] as const)('%s is %d seconds', (text, seconds) => {
  expect(durationValue(text)).toBe(seconds);
});

test.each(['', '20', 'm', '-5m', '0s', '1.5h', '20 m', '5d', '200h', '1m!'])('%j is no duration', (text) => {
  expect(() => durationValue(text)).toThrow(InvalidArgumentError);
});

test.each(['v2.1.0', 'release/2026-11', '2.1.0+build.7', 'größe', 'a@b', '@a'])('%s may be the name of a git tag', (text) => {
  expect(releaseValue(text)).toBe(text);
});

test.each(['', '-x', '--upload-pack=x', 'a b', 'a..b', 'a~1', 'a^', 'a:b', 'a?', 'a*', 'a[', 'a]', 'a\\b', '/a', 'a/', 'a//b', 'a.', '.a', 'a/.b', 'a.lock', 'a@{1}', '@', 'a\x1b[31m', 'a\n', 'x'.repeat(201)])(
  '%j is not the name of a git tag',
  (text) => {
    expect(() => releaseValue(text)).toThrow(InvalidArgumentError);
  },
);

test('who and why are one line', () => {
  expect(lineValue('  weekly release ')).toBe('weekly release');
  for (const bad of ['', ' ', 'a\nb', 'a\x1bb', 'a\u2028b', 'x'.repeat(301)]) expect(() => lineValue(bad)).toThrow(InvalidArgumentError);
});

describe('who asks', () => {
  test('is the person behind a CI job where the job names one', () => {
    expect(whoAsks({ GITHUB_ACTOR: 'ada' })).toBe('ada@github');
    expect(whoAsks({ GITLAB_USER_LOGIN: 'bob' })).toBe('bob@gitlab');
  });
  test('is the person before sudo', () => {
    expect(whoAsks({ SUDO_USER: 'eve' })).toMatch(/^eve@./);
  });
  test('is else the user of this machine', () => {
    expect(whoAsks({})).toMatch(/^[^@]+@[^@]+$/);
  });
  test('comes by CI where that says so', () => {
    expect([isCi({ CI: 'true' }), isCi({ CI: '1' }), isCi({ CI: 'false' }), isCi({ CI: '' }), isCi({})]).toEqual([true, true, false, false, false]);
    expect([wayIn({ CI: 'true' }), wayIn({})]).toEqual(['ci', 'cli']);
  });
});

test('a deployment id sorts by time and is safe in paths, unit names and the hosts records', () => {
  const at = new Date('2026-11-22T05:45:12.999Z');
  expect(deploymentId('v2.1.0', at)).toBe('20261122-054512-v2-1-0');
  expect(deploymentId('release/2026_11', at)).toBe('20261122-054512-release-2026-11');
  expect(deploymentId('日本', at)).toBe('20261122-054512');
  for (const tag of ['x'.repeat(200), '---', '..', 'größe', 'a'.repeat(39) + '-b']) expect(deploymentId(tag, at)).toMatch(/^\d{8}-\d{6}(-[a-z0-9]+)*$/);
  expect(deploymentId('x'.repeat(200), at).length).toBeLessThanOrEqual(64);
});

describe('when a freeze ends', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');

  test.each([['36h', '2026-11-24T00:00:00.000Z'], ['2026-12-24T12:00Z', '2026-12-24T12:00:00.000Z'], ['2026-12-24T12:00:30+01:00', '2026-12-24T11:00:30.000Z']])('%s is %s', (text, until) => {
    expect(untilValue(text, undefined, now).toISOString()).toBe(until);
  });

  test.each(['', '36', 'tomorrow', '2026-12-24', '2026-12-24T12:00', '2026-13-24T12:00Z', '2026-11-22T11:59Z', '-2h'])('%j is no such time', (text) => {
    expect(() => untilValue(text, undefined, now)).toThrow(InvalidArgumentError);
  });
});

test('a plan is named by at least twelve digits of its hash', () => {
  expect(hashValue('0123456789ab')).toBe('0123456789ab');
  for (const text of ['', '0123456789a', 'f'.repeat(65), '0123456789AB', '--0123456789ab']) expect(() => hashValue(text)).toThrow(InvalidArgumentError);
});
