import { expect, test } from 'vitest';
import { fillPlaceholders, placeholdersIn } from '../../src/config/placeholders';
import { editDistance, suggest } from '../../src/config/suggest';
import { readRequirement, satisfies } from '../../src/config/versions';

test.each<[version: string, requirement: string, met: boolean]>([
  ['nginx/1.22.1', '>=1.18', true],
  ['nginx/1.9.1', '>=1.18', false],
  ['Python 3.11.2', '>=3.11', true],
  ['3.11', '>=3.11.0', true],
  ['3.10.9', '>=3.11', false],
  ['git version 2.39.5', '>2.39.5', false],
  ['20.1.0', '>=20, <21', true],
  ['21.0', '>=20, <21', false],
  ['1.18', '==1.18.0', true],
  ['1.18.1', '<=1.18', false],
  ['unknown', '>=0', false],
])('%s meets %s: %s', (version, requirement, met) => {
  expect(satisfies(version, requirement)).toBe(met);
});

test.each(['', '3.11', '=>3', '>=3.x', '>=3.11,', '~=3.1', '>= 3 4'])('%j is no version requirement', (text) => {
  expect(readRequirement(text)).toBeUndefined();
  expect(() => satisfies('1', text)).toThrow(RangeError);
});

test('placeholders are words in braces, and all of them are filled in', () => {
  expect(placeholdersIn('/v/{release}/{deployment}?a={}&b={"x":1}&c={ release }')).toEqual(['release', 'deployment']);
  expect(fillPlaceholders('{release}-{release}-{"a":1}', { release: '$&v1' })).toBe('$&v1-$&v1-{"a":1}');
  expect(() => fillPlaceholders('{toString}', {})).toThrow(RangeError);
});

test('the distance between two words counts typing mistakes', () => {
  expect([editDistance('deadline', 'deadline'), editDistance('deadlien', 'deadline'), editDistance('dedline', 'deadline'), editDistance('', 'abc'), editDistance('kitten', 'sitting')]).toEqual([0, 1, 1, 3, 3]);
});

test('the nearest known name is suggested, and none when none is near', () => {
  const known = ['deadline', 'undo_budget', 'check', 'stable'];
  expect(['deadlien', 'undoBudget', 'undo-budget', 'CHECK', 'chek', 'zebra', 'x'].map((name) => suggest(name, known))).toEqual([
    'deadline', 'undo_budget', 'undo_budget', 'check', 'check', undefined, undefined,
  ]);
});
