import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadReleaseNotes } from '../../src/config/load-release-notes';
import { readReleaseNotes } from '../../src/config/release-notes';
import { UserError } from '../../src/config/user-error';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sternway-notes-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function load(text: string | Buffer): unknown {
  const file = join(directory, 'notes.yml');
  writeFileSync(file, text);
  return loadReleaseNotes(file);
}

function refusal(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message.replaceAll(directory, '');
  }
  return 'accepted';
}

test('a file says what changed, what of it users are told, and which problems are known; each may be left out [CH-04]', () => {
  expect(load('changes:\n  - Search by date\n  - "Orders: faster"\nfor_users: [You can search by date]\nknown:\n  - Search is slow; filter by month\n')).toEqual({
    changes: ['Search by date', 'Orders: faster'], for_users: ['You can search by date'], known: ['Search is slow; filter by month'],
  });
  expect(load('known: [Search is slow]')).toEqual({ changes: [], for_users: [], known: ['Search is slow'] });
});

const MANY = `changes:\n${'- one\n'.repeat(21)}`;
test.each<[what: string, text: string | Buffer, says: RegExp]>([
  ['nothing', '', /^\/notes\.yml has a mistake:\n {2}must be a mapping \(got nothing\) - its keys are changes, for_users, known$/],
  ['only empty lists', 'changes: []\n', /^\/notes\.yml has a mistake:\n {2}says nothing - write at least one of changes, for_users and known, each a list of texts$/],
  ['a plain text', 'Search by date', /must be a mapping \(got "Search by date"\)/],
  ['a key that is misspelt', 'for_user: [one]\n', /for_user \(line 1\): is not a known key - did you mean for_users\?/],
  ['a text in place of a list', 'changes: Search\n', /changes \(line 1\): must be a list of at most 20 texts \(got "Search"\) - for example \["Search by date"\]/],
  ['a text with a colon', 'changes:\n  - Search: by date\n', /changes\[0\] \(line 2\): must be one line of at most 300 characters \(got a mapping\) - put each on one line, in quotes where it holds a colon, for example "Search by date"$/],
  ['a text of two lines', 'known:\n  - "one\\ntwo"\n', /known\[0\] \(line 2\): must be one line/],
  ['a separator of lines that some terminals obey', 'known:\n  - "one\\u2028two"\n', /known\[0\] \(line 2\): must be one line/],
  ['an escape character', 'changes: ["\\e[2J"]\n', /changes\[0\] \(line 1\): must be one line/],
  ['an empty text', 'changes: ["  "]\n', /changes\[0\] \(line 1\): must be one line/],
  ['a text that is too long', `changes: ["${'x'.repeat(301)}"]\n`, /changes\[0\] \(line 1\): must be one line of at most 300 characters/],
  ['too many texts', MANY, /changes \(line 2\): must be a list of at most 20 texts \(got a list\)/],
  ['bad YAML', 'changes: [one', /line 1: is not good YAML/],
  ['bytes that are no text', Buffer.from([0x63, 0xff, 0xfe]), /^\/notes\.yml is not a text file in UTF-8: save it as one$/],
])('%s is refused with one sentence that says where and what to do', (_what, text, says) => {
  expect(refusal(() => load(text))).toMatch(says);
});

test('a file that is not there, and a directory, are said to be so', () => {
  expect(refusal(() => loadReleaseNotes(join(directory, 'none.yml')))).toBe('no release notes at /none.yml: name the file with --notes FILE, or leave it out');
  expect(refusal(() => loadReleaseNotes(directory))).toMatch(/ is a directory: name the file in it$/);
});

test('of what a stranger sends only what can be shown is kept, and nothing throws', () => {
  for (const nonsense of [undefined, null, 'text', 7, [], {}, { changes: 'one' }, { changes: [null, 7, {}, '', '  '] }]) expect(readReleaseNotes(nonsense)).toBeNull();
  const many = Array.from({ length: 50 }, () => ` ${'ö'.repeat(400)}\n`);
  expect(readReleaseNotes({ changes: many, known: [7, 'one'], other: ['two'] })).toEqual({ changes: Array.from({ length: 20 }, () => 'ö'.repeat(300)), for_users: [], known: ['one'] });
});
