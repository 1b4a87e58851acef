import { expect, test } from 'vitest';
import type { Delivery } from '../../src/events/events';
import { runDocument } from '../../src/report/document/build';
import { contactsOf } from '../../src/report/document/contacts';
import { htmlReport } from '../../src/report/document/html';
import { markdownReport } from '../../src/report/document/markdown';
import { commandLine } from '../../src/report/shell';
import { textReport } from '../../src/report/text';
import { CONTACTS } from '../messages/support/known';
import { at } from './runs';
import { Story } from './story';
import { readXml } from './xml';

const chat: Delivery = { audience: 'team', channel: 'chat', recipient: null, delivered: true, word: 'ok' };
const board: Delivery = { audience: 'stakeholders', channel: 'mail', recipient: 'board@shop.test', delivered: false, word: 'mail: <refused> | really' };

function story(deliveries: readonly Delivery[], acknowledged = false): Story {
  const told = new Story().wait(1).add({ type: 'told', moment: 'test-alert', number: 1, deliveries, sentence: null });
  if (acknowledged) told.add({ type: 'acknowledged', by: 'ada', reason: 'it rang' });
  told.wait(1).add({ type: 'told', moment: 'done', number: 1, deliveries, sentence: null }).add({ type: 'report-stored', where: ['/reports/a.html'], sentence: null });
  return told;
}

const good = (each: Story) => each.ended({ status: 'completed', outcome: 'deployed', sentence: 'live' });

test('says who was told what and when, and who was not and why, in every format, and nothing that is said becomes markup [IR-12]', () => {
  const events = good(story([chat, board]));
  const document = runDocument(events);
  expect(document.messages.map(({ at: time }) => time)).toEqual([1, 1, 2, 2].map(at));
  expect(document.messages).toMatchObject([
    { what: 'test alert', to: 'team (chat)', delivered: true, word: 'ok' }, { what: 'test alert', to: 'board@shop.test (mail)', delivered: false, word: board.word },
    { what: 'done', to: 'team (chat)', delivered: true }, { what: 'done', to: 'board@shop.test (mail)', delivered: false },
  ]);
  expect(markdownReport(document)).toContain('## Messages');
  expect(markdownReport(document)).toContain('NO: mail:');
  const page = htmlReport(document);
  expect(page).toContain('✗ NOT delivered: mail: &lt;refused&gt; | really');
  expect(() => readXml(page)).not.toThrow();
  expect(textReport(events, commandLine()).replace(/\s+/g, ' ')).toContain('NOT told of done: board@shop.test (mail): mail: <refused> | really');
  expect(document.keptAt).toEqual(['/reports/a.html']);
});

test('the test alert decides what is said of alerting: delivered everywhere or not, and confirmed by whom [MN-30]', () => {
  expect(runDocument(good(story([chat]))).alerting).toBe('the test alert was delivered (by message to team (chat))');
  expect(runDocument(good(story([chat], true))).alerting).toBe('the test alert was delivered (by message to team (chat)); confirmed by ada');
  expect(runDocument(good(story([chat, board]))).alerting).toBe('the test alert was NOT delivered (board@shop.test (mail): mail: <refused> | really)');
  expect(runDocument(good(new Story())).alerting).toBeNull();
});

test('the checklist has the notice as given where its gate opened for it, not where an override did, and leaves it to a person where Sternway tells nobody [WN-04]', () => {
  const passed = (sentence: string) => ({ type: 'gates-passed', verdicts: [{ gate: 'notice', sentence }], approved: [], overridden: null, windowEnd: null }) as const;
  const item = (each: Story) => runDocument(good(each)).checklist[0];
  const given = 'notice was given at Mon 2026-11-23 02:00 UTC, 24h ahead or more';
  expect(item(story([chat]).add(passed(given)))).toMatchObject({ state: 'done', why: given });
  const late = 'overridden by ada (urgent), although no notice has gone out';
  expect(item(story([chat]).add(passed(late)))).toMatchObject({ state: 'not-done', why: late });
  expect(item(new Story().add(passed(given)))).toMatchObject({ state: 'person' });
});

test('the checklist has the team as told where every server took the message, and not where one did not [OV-13, NT-11]', () => {
  const item = (deliveries: readonly Delivery[]) => runDocument(good(story(deliveries))).checklist[17];
  expect(item([chat])).toMatchObject({ state: 'done', why: 'by message to team (chat)' });
  expect(item([chat, board])).toMatchObject({ state: 'not-done' });
  expect(item([])).toMatchObject({ state: 'person' });
  expect(runDocument(good(new Story())).checklist[17]).toMatchObject({ state: 'person', why: 'no record of it here' });
});

test('contacts are those of sternway.yml, by role [NT-13, NT-26, NT-27, NT-28]', () => {
  expect(contactsOf(CONTACTS).map(({ role, name, reach }) => `${role}: ${name} ${reach}`)).toEqual(expect.arrayContaining(['on call: Ada +44 20 7946 0000, ada@shop.test', 'security manager: Grace +44 20 7946 0000, grace@shop.test', 'team:  devops@shop.test']));
  expect(contactsOf(undefined)).toEqual([]);
});
