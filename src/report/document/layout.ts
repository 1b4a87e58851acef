import type { Layout } from './model';

export type Section = 'parts' | 'versions' | 'checklist' | 'picture' | 'failures' | 'metrics' | 'timeline' | 'decisions' | 'messages' | 'steps' | 'contacts';

/** The two layouts of a document: an incident is told before it is listed, a deployment is checked off first. */
export const SECTIONS: Readonly<Record<Layout, readonly Section[]>> = {
  incident: ['versions', 'parts', 'failures', 'picture', 'metrics', 'timeline', 'decisions', 'messages', 'steps', 'checklist', 'contacts'],
  deployment: ['versions', 'picture', 'failures', 'checklist', 'metrics', 'parts', 'decisions', 'messages', 'timeline', 'steps', 'contacts'],
};

export const HEADINGS: Readonly<Record<Exclude<Section, 'parts'>, string>> = {
  versions: 'At a glance',
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
