import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Event } from '../client';
import { UserError } from '../config/user-error';
import { runDocument } from '../report/document/build';
import { htmlReport } from '../report/document/html';
import { jsonReport } from '../report/document/json';
import { markdownReport } from '../report/document/markdown';
import type { Given } from '../report/document/given';
import type { CommandLine } from '../report/shell';
import { textReport } from '../report/text';

export const FORMATS = ['text', 'markdown', 'html', 'json'] as const;
export type Format = (typeof FORMATS)[number];

/** The report of a run in one of its formats, with what is known beside its events. `written`: the instant at which it is written, ISO 8601. */
export function renderReport(events: readonly Event[], format: Format, command: CommandLine, written: string, given: Given = {}): string {
  switch (format) {
    case 'text':
      return textReport(events, command);
    case 'markdown':
      return markdownReport(runDocument(events, { ...given, written }));
    case 'html':
      return htmlReport(runDocument(events, { ...given, written }));
    case 'json':
      return jsonReport(runDocument(events, { ...given, written }));
  }
}

/** Writes a report to `file`. @returns its absolute path @throws UserError where it cannot be written */
export function writeReport(content: string, file: string): string {
  const path = resolve(file);
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw new UserError(`the report cannot be written to ${path}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
  return path;
}

/** As {@link writeReport}, to a new file in a new directory that only the user may enter: hosts and people are named in it. */
export function writePrivately(content: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'sternway-report-')), 'report.html');
  writeFileSync(path, content, { mode: 0o600, flag: 'wx' });
  return path;
}
