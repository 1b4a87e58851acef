import type { Layout } from './model';

export type Section = 'parts' | 'versions' | 'changes' | 'known' | 'checklist' | 'picture' | 'failures' | 'metrics' | 'timeline' | 'decisions' | 'messages' | 'steps' | 'contacts';

/** The two layouts of a document: an incident is told before it is listed, a deployment is checked off first. */
export const SECTIONS: Readonly<Record<Layout, readonly Section[]>> = {
  incident: ['versions', 'parts', 'known', 'failures', 'picture', 'metrics', 'timeline', 'decisions', 'messages', 'changes', 'steps', 'checklist', 'contacts'],
  deployment: ['versions', 'changes', 'known', 'picture', 'failures', 'checklist', 'metrics', 'parts', 'decisions', 'messages', 'timeline', 'steps', 'contacts'],
};

export const HEADINGS: Readonly<Record<Exclude<Section, 'parts'>, string>> = {
  versions: 'At a glance',
  changes: 'What changed',
  known: 'Known problems',
  picture: 'The run in a picture',
  failures: 'What failed',
  metrics: 'What was measured',
  timeline: 'Timeline',
  decisions: 'Who decided what',
  messages: 'Messages',
  steps: 'Steps',
  checklist: 'Checklist',
  contacts: 'Contacts',
};

/** How a person marks what is theirs to write. */
export const TO_FILL = 'To be filled in by a person';
