// What a person wrote for a release, in all forms of its report.
import { expect, test } from 'vitest';
import type { ReleaseNotes } from '../../src/config/release-notes';
import { runDocument } from '../../src/report/document/build';
import { htmlReport } from '../../src/report/document/html';
import { jsonReport } from '../../src/report/document/json';
import { markdownReport } from '../../src/report/document/markdown';
import type { RunDocument } from '../../src/report/document/model';
import { commandLine } from '../../src/report/shell';
import { textReport } from '../../src/report/text';
import { HistoryBook, PLAN } from '../events/history';
import { all, readXml, textOf } from './xml';

const NOTES: ReleaseNotes = { changes: ['Search by date', 'Faster *orders*'], for_users: ['You can search by date'], known: ['Search is slow: filter by month'] };
const INPUT = { app: 'shop', environment: 'production', release: 'v2', deployment: 'd1', by: 'dev' };

/** A deployment that was given these, from its start to its plan. */
function deployed(notes: unknown): HistoryBook {
  const book = new HistoryBook('deploy', { ...INPUT, notes });
  return book.end(book.schedule('preparePlan'), PLAN);
}

/** A rollback weeks later, of a plan that was kept with them. */
function takenBack(): HistoryBook {
  const book = new HistoryBook('rollback', { app: 'shop', environment: 'production', by: 'ops' });
  return book.end(book.schedule('readHead'), { plan: { ...PLAN, releaseNotes: NOTES }, attempted: [] });
}

test.each<[what: string, book: () => HistoryBook, layout: RunDocument['layout']]>([
  ['a deployment', () => deployed(NOTES), 'deployment'],
  ['its rollback weeks later', takenBack, 'incident'],
])('the report of %s says what changed and which problems are known, as Markdown, HTML, JSON and text [CH-04, NT-12, DR-08]', (_what, book, layout) => {
  const events = book().read();
  const document = runDocument(events);
  expect(document.layout).toBe(layout);
  const markdown = markdownReport(document);
  expect(markdown).toContain('\n## What changed\n\n- Search by date\n- Faster \\*orders\\*\n- for users: You can search by date\n');
  expect(markdown).toContain('\n## Known problems\n\n- Search is slow: filter by month\n');
  const page = readXml(htmlReport(document));
  expect(all(page, 'h2').map(textOf)).toEqual(expect.arrayContaining(['What changed', 'Known problems']));
  expect(all(page, 'li').map(textOf)).toEqual(expect.arrayContaining(['Faster *orders*', 'for users: You can search by date', 'Search is slow: filter by month']));
  expect((JSON.parse(jsonReport(document)) as RunDocument).releaseNotes).toEqual(NOTES);
  expect(textReport(events, commandLine([]))).toContain('\nWhat changed\n  - Search by date\n  - Faster *orders*\nWhat changed, for users\n  - You can search by date\nKnown problems\n  - Search is slow: filter by month\n');
});

test('where nobody wrote any, or nonsense, no report has such a section', () => {
  for (const notes of [undefined, 'text', { changes: [7] }]) {
    const events = deployed(notes).read();
    const document = runDocument(events);
    expect(document.releaseNotes).toBeNull();
    for (const report of [markdownReport(document), htmlReport(document), textReport(events, commandLine([]))]) expect(report).not.toMatch(/What changed|Known problems/);
  }
});
