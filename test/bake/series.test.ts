import { expect, test } from 'vitest';
import { baselineOf, together } from '../../src/bake/series';
import { formatLimit, limitOf, readLimit } from '../../src/config/limits';
import { at, series, times } from './replay';

test('the baseline is the middle one of what says something, so that one odd sample is not taken for the rule', () => {
  expect(baselineOf(series(1, 2, 100))).toBe(2);
  expect(baselineOf(series(1, 3))).toBe(2);
  expect(baselineOf(series(...times(3, null), Number.NaN, 4))).toBe(4);
  expect(baselineOf(series([9, 3], [1, 50]), 10)).toBe(1);
  expect(baselineOf(series(null))).toBeNull();
  expect(baselineOf([])).toBeNull();
});

test('a share of several hosts is that of their requests together; anything else is that of the worst host', () => {
  const hosts = [{ value: 0.5, count: 10 }, { value: 0, count: 90 }];
  expect(together(at(0), hosts, true)).toEqual({ at: at(0), value: 0.05, count: 100 });
  expect(together(at(0), [{ value: 0.2, count: null }, { value: 0.9, count: null }], false)).toEqual({ at: at(0), value: 0.9, count: null });
  expect(together(at(0), [{ value: 0, count: 0 }, { value: 0, count: 0 }], true)).toEqual({ at: at(0), value: 0, count: 0 });
});

test('a host that says nothing makes it no data, with its reason', () => {
  expect(together(at(0), [{ value: 0, count: 5 }, { value: null, count: null, why: 'web-2: gone' }], true)).toEqual({ at: at(0), value: null, count: null, why: 'web-2: gone' });
  expect(together(at(0), [], false)).toMatchObject({ value: null, why: 'no host was read' });
});

test('limits are compared in base units and told as they are written', () => {
  expect([readLimit('10%'), readLimit('500ms'), readLimit('1m30s'), readLimit(4)]).toEqual([
    { value: 0.1, unit: 'share' }, { value: 0.5, unit: 'seconds' }, { value: 90, unit: 'seconds' }, { value: 4, unit: 'number' },
  ]);
  expect([readLimit('ten'), readLimit('101%'), readLimit(-1), readLimit(Number.NaN)]).toEqual([undefined, undefined, undefined, undefined]);
  expect([formatLimit(0.1, 'share'), formatLimit(6.2, 'seconds'), formatLimit(0, 'seconds'), formatLimit(0.0001234, 'seconds'), formatLimit(1 / 3, 'number')]).toEqual(['10%', '6s200ms', '0s', '0.0001234s', '0.3333']);
  expect(() => limitOf('soon')).toThrow(new RangeError('not a limit: "soon"'));
});
