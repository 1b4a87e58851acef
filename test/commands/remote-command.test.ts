import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { argv, EXIT, hereDocument, quote, sh, stop } from '../../src/commands/remote-command';
import { run, temporary } from './support/run';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the shell makes of the words: each argument, byte for byte. */
function arrivesAs(words: readonly string[]): string[] {
  const output = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${argv(...words)}`], { encoding: 'utf8', maxBuffer: 1 << 26 });
  return output.split('\0').slice(0, -1);
}

test('2,000 arguments arrive through a real shell byte for byte [F30]', () => {
  // Heavy in what a shell would take for something else.
  const special = fc.constantFrom(...`'"\\$\`!*?[]{}()<>|&;#~=-% \t\r\n\u0001\u007f`, 'é', '日', '\u{1f680}', '$(id)', '${HOME}', '`id`', "'\\''", '\\n', '--', '-e', '~root', 'a=b', '!!');
  const argument = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.array(special, { maxLength: 12 }).map((parts) => parts.join(''))).filter((text) => !text.includes('\0') && !/\p{Surrogate}/u.test(text));
  const words = fc.sample(argument, { numRuns: 2000, seed: 20261122 });
  expect(words).toHaveLength(2000);
  expect(words.filter((word) => /[$'`"\\\n]/.test(word)).length).toBeGreaterThan(500);
  for (let at = 0; at < words.length; at += 250) expect(arrivesAs(words.slice(at, at + 250))).toEqual(words.slice(at, at + 250));
});

test('an argument that is the first word is never taken for an assignment, a pattern or a tilde', () => {
  for (const word of ['=x', 'a=b', '~', '~root', '*', '?', '[a]', '', '-n', '#', '!']) {
    expect(execFileSync('/bin/sh', ['-c', `f() { printf %s "$1"; }; f ${quote(word)}`], { encoding: 'utf8' })).toBe(word);
  }
});

test('an argument with a NUL byte is refused, because no program could get it', () => {
  expect(() => quote('a\0b')).toThrow(new RangeError('an argument may not hold a NUL byte'));
});

test('plain words stay as a person would write them, others are in single quotes', () => {
  expect(argv('install', '-m', '0644', '/opt/shop/app.py', 'a b', "it's", '$(id)', '')).toBe(String.raw`install -m 0644 /opt/shop/app.py 'a b' 'it'\''s' '$(id)' ''`);
});

test('a script begins with set -eu, leaves empty lines out and keeps the options beside it', () => {
  expect(sh(['true', '', 'false'], { user: 'shop', cwd: '/opt/shop' })).toEqual({ script: 'set -eu\ntrue\nfalse\n', user: 'shop', cwd: '/opt/shop' });
});

test('a script stops at the first line that fails and at a variable that nobody set', () => {
  expect(run(sh(['false', 'echo on']))).toEqual({ code: 1, stdout: '', stderr: '' });
  expect(run(sh(['echo "$nobody"', 'echo on']))).toMatchObject({ code: 2, stdout: '' });
});

test('stopping says a sentence as it is and ends as drift, or with the code that was asked for', () => {
  expect(run(sh([stop(`it's $(id) "here"`), 'echo on']))).toEqual({ code: EXIT.drift, stdout: '', stderr: `it's $(id) "here"\n` });
  expect(run(sh([stop('no', 7)])).code).toBe(7);
});

test('a text arrives in its file letter for letter, also when it holds the mark that ends it', () => {
  const file = join(temporary(), "a 'file' $(id)");
  const text = 'a\nEND\nEND_\n$(id) `id` $HOME \\ \'"\n\n  end';
  expect(run(sh([hereDocument(file, text)])).code).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe(`${text}\n`);
});
