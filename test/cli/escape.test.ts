import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonLine } from '../../src/cli/render/json';
import { lastLines, oneLine, visible } from '../../src/report/escape';
import { commandLine } from '../../src/report/shell';
import { ago, duration, moment } from '../../src/report/time';
import { cut, fit, width, wrap } from '../../src/report/width';

// Everything that a terminal may obey instead of show.

const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]/;

describe('what comes from hosts is shown, never obeyed', () => {
  test.each([
    ['a colour', '\x1b[31mred', '\\x1b[31mred'],
    ['a C1 sequence', '\x9b2Jgone', '\\x9b2Jgone'],
    ['a title', '\x1b]0;owned\x07', '\\x1b]0;owned\\x07'],
    ['a carriage return that forges a line', 'failed\rok', 'failed\\x0dok'],
    ['a backspace', 'no\b\bok', 'no\\x08\\x08ok'],
    ['text turned round', 'a\u202eb', 'a\\u202eb'],
    ['hidden text', 'a\u200bb\u{e0041}', 'a\\u200bb\\u{e0041}'],
    ['a line separator', 'a\u2028b', 'a\\u2028b'],
    ['half a character', 'a\ud800b', 'a\\ud800b'],
    ['a tab, as spaces', 'a\tb', 'a    b'],
    ['DOS line ends, as line ends', 'a\r\nb', 'a\nb'],
    ['other languages, as they are', 'größe 日本 e\u0301 🚀', 'größe 日本 e\u0301 🚀'],
  ])('%s', (_, given, shown) => {
    expect(visible(given)).toBe(shown);
  });

  test('whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text)).not.toMatch(OBEYED);
        expect(oneLine(text)).not.toMatch(/\n/);
        expect(lastLines(text, 3).length).toBeLessThanOrEqual(3);
        const line = jsonLine({ text });
        expect(line).not.toMatch(OBEYED);
        expect(JSON.parse(line)).toEqual({ text });
      }),
    );
  });
});

test('the last lines of output are those that say something', () => {
  expect(lastLines('one\n\n  two  \n\x1b[0m\n\n', 2)).toEqual(['  two', '\\x1b[0m']);
  expect(lastLines('', 5)).toEqual([]);
});

describe('columns', () => {
  test('are counted as a terminal does', () => {
    expect([width('abc'), width('größe'), width('日本'), width('e\u0301'), width('🚀')]).toEqual([3, 5, 4, 1, 2]);
  });
  test('are never exceeded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 40 }), (text, columns) => {
        expect(width(cut(visible(text), columns))).toBeLessThanOrEqual(columns);
        expect(width(fit(visible(text), columns))).toBe(columns);
      }),
    );
  });
  test('break text at spaces; a long word stays whole, to be copied', () => {
    expect(wrap('web-1 back on v1, as before', 12)).toEqual(['web-1 back', 'on v1, as', 'before']);
    expect(wrap('see https://example.org/a/very/long/path now', 10)).toEqual(['see', 'https://example.org/a/very/long/path', 'now']);
    expect(wrap('', 10)).toEqual([]);
  });
});

test('times are written for people', () => {
  expect([0, 0.04, 9.94, 9.96, 59.4, 59.6, 187, 3600, 7500].map(duration)).toEqual(['0.0 s', '0.0 s', '9.9 s', '10 s', '59 s', '1 min', '3 min 07 s', '1 h 00 min', '2 h 05 min']);
  expect(moment('2026-11-22T05:45:12.999Z')).toBe('2026-11-22 05:45:12 UTC');
  const now = new Date('2026-11-22T12:00:00Z');
  expect(['2026-11-22T11:59:48Z', '2026-11-22T11:57:00Z', '2026-11-22T07:00:00Z', '2026-11-18T12:00:00Z', '2026-11-22T12:00:05Z'].map((iso) => ago(iso, now))).toEqual(['12 s ago', '3 min ago', '5 h ago', '4 days ago', '0 s ago']);
});

test('commands that we offer can be pasted, and carry the options the reader used', () => {
  const command = commandLine(['--environment', 'staging', '--config', 'my app.yml']);
  expect(command('decide', "07-stop@web-1'", 'retry')).toBe(`sternway decide '07-stop@web-1'\\''' retry --environment staging --config 'my app.yml'`);
});
