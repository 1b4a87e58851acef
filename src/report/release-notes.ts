import type { ReleaseNotes } from '../config/release-notes';
import { oneLine } from './escape';

/** What a person wrote for a release, as lines below titles, safe to print; what was not written is left out. */
export function notesLines({ changes, for_users: forUsers, known }: ReleaseNotes): (readonly [title: string, texts: readonly string[]])[] {
  const titled = [['What changed', changes], ['What changed, for users', forUsers], ['Known problems', known]] as const;
  return titled.filter(([, texts]) => texts.length > 0).map(([title, texts]) => [title, texts.map((text) => `- ${oneLine(text)}`)]);
}
