import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytes, formatDuration, formatSize, milliseconds, percent, readDuration, readPercent, readSize, seconds } from '../../src/config/units';

test.each([
  ['500ms', 500],
  ['10s', 10_000],
  ['30m', 1_800_000],
  ['1h30m', 5_400_000],
  ['2d', 172_800_000],
  ['1d1h1m1s1ms', 90_061_001],
  ['90s', 90_000],
  ['0s', 0],
])('%s is %i milliseconds', (text, value) => {
  expect(milliseconds(text)).toBe(value);
  expect(seconds(text)).toBe(value / 1000);
});

test.each(['', '10', 's', '10 s', '1.5h', '-1s', '30m1h', '1s1s', '10S', '1h30', ' 1s', '1m ', '٣s', '1e3s', '99999999999999999999d'])('%j is no duration', (text) => {
  expect(readDuration(text)).toBeUndefined();
  expect(() => milliseconds(text)).toThrow(RangeError);
});

test('every duration reads back as what was written, in one spelling', () => {
  fc.assert(
    fc.property(fc.nat({ max: 10 * 365 * 86_400_000 }), (value) => {
      const text = formatDuration(value);
      expect(readDuration(text)).toBe(value);
      expect(formatDuration(milliseconds(text))).toBe(text);
    }),
  );
});

test('a duration is the sum of its parts, whatever their size', () => {
  const part = fc.option(fc.nat({ max: 5000 }), { nil: undefined });
  fc.assert(
    fc.property(part, part, part, part, part, (d, h, m, s, ms) => {
      const parts = Object.entries({ d, h, m, s, ms }).filter(([, count]) => count !== undefined);
      fc.pre(parts.length > 0);
      const text = parts.map(([unit, count]) => `${count}${unit}`).join('');
      expect(milliseconds(text)).toBe((((d ?? 0) * 24 + (h ?? 0)) * 3600 + (m ?? 0) * 60 + (s ?? 0)) * 1000 + (ms ?? 0));
      expect(milliseconds(formatDuration(milliseconds(text)))).toBe(milliseconds(text));
    }),
  );
});

test('no other text is taken for a duration', () => {
  const unit = fc.constantFrom('d', 'h', 'm', 's', 'ms', 'ns', 'min', ' ', '-', '.', '1', '22', '');
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 8 }).map((parts) => parts.join('')), (text) => {
      const value = readDuration(text);
      // An independent reading: tokens in falling order that make up the whole text.
      const tokens = [...text.matchAll(/(\d+)(ms|d|h|m|s)/g)];
      const order = tokens.map((token) => ['d', 'h', 'm', 's', 'ms'].indexOf(token[2] ?? ''));
      const good = text !== '' && tokens.map(([whole]) => whole).join('') === text && order.every((one, index) => index === 0 || one > (order[index - 1] ?? 9));
      expect(value !== undefined).toBe(good);
    }),
    { numRuns: 2000 },
  );
});

test('sizes count in 1024 and have one spelling', () => {
  expect([bytes('64MB'), bytes('1GB'), bytes('0B'), bytes('3KB'), bytes('2TB')]).toEqual([67_108_864, 1_073_741_824, 0, 3072, 2_199_023_255_552]);
  expect([formatSize(bytes('1024MB')), formatSize(bytes('1536KB')), formatSize(0)]).toEqual(['1GB', '1536KB', '0B']);
  for (const text of ['64', '64mb', '64 MB', '1.5GB', '-1B', 'MB', '']) expect(readSize(text)).toBeUndefined();
  fc.assert(fc.property(fc.maxSafeNat(), (value) => bytes(formatSize(value)) === value));
  expect(() => bytes('64')).toThrow(RangeError);
});

test('percentages go from 0 to 100', () => {
  expect([percent('10%'), percent('0%'), percent('99.5%'), percent('100%')]).toEqual([10, 0, 99.5, 100]);
  for (const text of ['10', '101%', '-1%', '%', '1e1%', '10 %']) expect(readPercent(text)).toBeUndefined();
  expect(() => percent('x')).toThrow(RangeError);
});
