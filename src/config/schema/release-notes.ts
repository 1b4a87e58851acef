/** The file of what a person writes for a release: `sternway deploy v2.1.0 --notes FILE`. */
import { z } from 'zod';
import { MOST_CHARACTERS, MOST_TEXTS } from '../release-notes';
import { describe, rule, section } from './field';

const ONE_LINE = /^[^\p{Cc}\u2028\u2029]*[^\p{Cc}\s][^\p{Cc}\u2028\u2029]*$/u;

const text = (example: string) =>
  describe(z.string().refine((value) => ONE_LINE.test(value) && [...value.trim()].length <= MOST_CHARACTERS), {
    expects: `one line of at most ${MOST_CHARACTERS} characters`, hint: `put each on one line, in quotes where it holds a colon, for example "${example}"`,
  });

const texts = (doc: string, example: string) =>
  describe(z.array(text(example)).max(MOST_TEXTS), { doc, expects: `a list of at most ${MOST_TEXTS} texts`, example: `["${example}"]` }).prefault([]);

export const releaseNotesSchema = rule(
  section('What a person writes for a release.', {
    changes: texts('What changed, for the team and stakeholders.', 'Search by date'),
    for_users: texts('The same in the words of users, who are shown nothing else.', 'You can now search by date'),
    known: texts('Known problems and ways around them, for the team.', 'Search is slow on large orders: filter by month first'),
  }),
  'all',
  ({ changes, for_users: forUsers, known }, report) => {
    if (changes.length + forUsers.length + known.length === 0) report([], 'says nothing', 'write at least one of changes, for_users and known, each a list of texts');
  },
);
