import { safeJson } from '../escape';
import type { RunDocument } from './model';

/** The document as one JSON object, indented, safe on a terminal. Ends with a line break. */
export function jsonReport(document: RunDocument): string {
  return `${safeJson(JSON.stringify(document, null, 2))}\n`;
}
