/** What a person writes for a release. Every text is one line; who shows it makes it safe to show. */
export interface ReleaseNotes {
  /** What changed, for the team and stakeholders. */
  readonly changes: readonly string[];
  /** The same for users: nothing else of it ever reaches them. */
  readonly for_users: readonly string[];
  /** Known problems and ways around them, for the team. */
  readonly known: readonly string[];
}

/** As much as a message holds: what was written is never cut on its way to people. */
export const MOST_TEXTS = 20;
export const MOST_CHARACTERS = 300;

/** What of a stranger's value can be shown: texts that are not empty, cut to what may be written; null where nothing is left. Throws nothing. */
export function readReleaseNotes(value: unknown): ReleaseNotes | null {
  const given = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const notes = { changes: textsOf(given['changes']), for_users: textsOf(given['for_users']), known: textsOf(given['known']) };
  return Object.values(notes).some((texts) => texts.length > 0) ? notes : null;
}

function textsOf(value: unknown): string[] {
  const texts = Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string' && each.trim() !== '') : [];
  return texts.slice(0, MOST_TEXTS).map((text) => [...text.trim()].slice(0, MOST_CHARACTERS).join(''));
}
