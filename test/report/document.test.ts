import { describe, expect, test } from 'vitest';
import { runDocument } from '../../src/report/document/build';
import type { RunDocument } from '../../src/report/document/model';
import { recorded } from './recorded';
import { at, failing, GIVEN, good } from './runs';
import { Story } from './story';

const part = ({ parts }: RunDocument, name: string) => parts.find((each) => each.name === name) ?? { facts: [], toFill: [] };
const facts = (document: RunDocument, name: string): string => part(document, name).facts.join('\n');

test('a good deployment is reported as one: versions, times, nothing to explain [IR-05]', () => {
  const document = runDocument(good());
  expect(document).toMatchObject({ layout: 'deployment', title: 'Report: deployment of v2.1.0 to shop/production', word: 'DEPLOYED', tone: 'good', turnedAt: null, metrics: [], failedRequests: 'not measured' });
  expect(document.versions).toEqual({ asked: 'v2.1.0', commit: 'c0ffee'.repeat(6) + 'c0ff', before: 'v2.0.0', after: 'v2.1.0' });
  expect(document.spans.filter(({ result }) => result === 'done')).toHaveLength(document.spans.length);
  expect(facts(document, 'What happened')).toMatch(/^ada@example\.org asked at 2026-11-22 05:45:12 UTC for the deployment of v2\.1\.0 \(commit c0ffeec0ffee\) on web-1, web-2\.\nOf (\d+) tasks \1 were done\.\nv2\.1\.0 took over at /);
  // Only what is to be learnt is asked of people.
  expect(document.parts.filter(({ toFill }) => toFill.length > 0).map(({ name }) => name)).toEqual(['Prevention']);
});

test('one that failed is an incident: what happened, why, impact, resolution and prevention, and what only a person can write is asked; which check saw it is told [IR-01, IR-04, IR-13, IR-18, NT-23, CH-14, CH-15]', () => {
  const document = runDocument(failing(), GIVEN);
  expect(document).toMatchObject({ layout: 'incident', title: 'Incident report: deployment of v2.1.0 to shop/production', word: 'ROLLED BACK', versions: { before: 'v2.0.0', after: 'v2.0.0' } });
  expect(document.parts.map(({ name }) => name)).toEqual(['What happened', 'Why', 'Impact', 'Resolution', 'Prevention']);
  expect(facts(document, 'Why')).toBe('Cause (failure): users get the new release from outside: status 502 instead of 200\nada@example.org asked for the deployment: weekly release.');
  expect(facts(document, 'Impact')).toMatch(/^Downtime: \d+ s with the maintenance page .*\.\nFailed requests: 17 of 4210, by nginx\.\nerror rate: 5\.4 %, before 0\.4 %, over the line: ask, roll back\.$/);
  expect(facts(document, 'Resolution')).toMatch(/^\d+ tasks were taken back in [\d.]+ s\.\nBefore: v2\.0\.0\. After: v2\.0\.0\.$/);
  expect(facts(document, 'Prevention')).toBe('Seen by: users get the new release · from outside (a check)');
  expect(document.parts.filter(({ toFill }) => toFill.length > 0).map(({ name }) => name)).toEqual(['Why', 'Impact', 'Resolution', 'Prevention']);
  const failed = document.spans.filter(({ result }) => result === 'failed');
  expect(failed).toMatchObject([{ host: 'from outside', sentence: 'status 502 instead of 200', output: ['GET https://shop.test/ -> 502', 'upstream: connect() failed'] }]);
});

test('what leaves nothing to take back is not told as taken back', () => {
  const document = runDocument(failing());
  const dump = document.spans.filter(({ title }) => title === 'final dump of the database');
  expect(dump).toMatchObject([{ back: false, result: 'done', undone: false }]);
  const undone = document.spans.filter((span) => span.undone).map(({ title }) => title);
  expect(undone).toContain('switch to the release');
  expect(undone).not.toContain('fetch the release');
});

test('the timeline is in order, begins with the request and ends with the outcome, with switch, doors and the way back marked', () => {
  const { timeline } = runDocument(failing());
  expect(timeline.map(({ at: time }) => time)).toEqual([...timeline].map(({ at: time }) => time).sort());
  expect(timeline.filter(({ mark }) => mark !== 'plain').map(({ mark }) => mark)).toEqual(['closed', 'switch', 'open', 'failed', 'back', 'closed', 'open', 'end']);
  expect(timeline[0]).toMatchObject({ after: 0, text: 'deployment of v2.1.0 asked for by ada@example.org' });
  expect(timeline.at(-1)?.text).toMatch(/^ROLLED BACK: /);
});

describe('of recorded runs', () => {
  test('one that was blocked tells who decided what and when, how long people were waited for, and what was not taken back [IR-11, IR-20]', async () => {
    const document = runDocument(await recorded('undos-blocked'));
    expect(document).toMatchObject({ layout: 'incident', word: 'INCOMPLETE', versions: { after: 'in doubt: not all was taken back' } });
    expect(document.decisions.map(({ who, what }) => `${who}: ${what}`)).toEqual([
      'dev@example.org: asked for the deployment of v2', 'Sternway, by its plan: went back, as a step had failed',
      'ops@example.org: 06-stop-the-app@web-1: retry', 'ops@example.org: 06-stop-the-app@web-1: retry', 'ops@example.org: 06-stop-the-app@web-2: resolved', 'ops@example.org: 04-serve-maintenance-page@web-2: skip',
    ]);
    expect(document.waits.map(({ task, to }) => [task, to !== null])).toEqual([['06-stop-the-app@web-1', true], ['06-stop-the-app@web-2', true], ['06-stop-the-app@web-1', true], ['04-serve-maintenance-page@web-2', true]]);
    for (const place of ['stop the app · web-1', 'stop the app · web-2', 'serve maintenance page · web-2']) expect(facts(document, 'Prevention')).toContain(`Waited for a person: ${place}, `);
    expect(document.notTakenBack).toEqual(['serve maintenance page@web-2']);
    expect(facts(document, 'Resolution')).toContain('NOT taken back: serve maintenance page@web-2');
    expect(document.downtime.sentence).toMatch(/^at least .* and longer\)$/);
    // Each try of the undo is told.
    expect(document.spans.filter(({ back, task }) => back && task === '06-stop-the-app@web-1').map(({ result }) => result)).toEqual(['failed', 'failed', 'done']);
  });

  test('one that was cancelled names who did, and what was let go', async () => {
    const document = runDocument(await recorded('cancelled'));
    expect(document).toMatchObject({ layout: 'incident', word: 'ROLLED BACK' });
    const turned = document.decisions.at(-1);
    expect(turned).toMatchObject({ what: 'cancelled it' });
    expect(turned?.who).not.toMatch(/Sternway, by its plan/);
  });

  test('one that somebody signalled back names them and their reason [IR-01, NT-23]', async () => {
    const document = runDocument(await recorded('signalled'));
    expect(document.decisions.at(-1)).toMatchObject({ who: 'ops@example.org', what: 'asked for the rollback', why: 'looks wrong' });
    expect(facts(document, 'Why')).toMatch(/^Cause \(signal\): rollback asked for by ops@example\.org: looks wrong/);
  });

  test('one that held and asked says what was asked [IR-20]', async () => {
    expect(facts(runDocument(await recorded('schema-held')), 'Resolution')).toMatch(/It held and asked: migrate on web-1 is irreversible.*\(answered at /);
  });

  test('a rollback is an incident of its own, without the checklist of deployments', async () => {
    const document = runDocument(await recorded('rolled-back-later'));
    expect(document).toMatchObject({ layout: 'incident', workflow: 'rollback', title: 'Incident report: rollback of v2 on rolled-back-later/production', checklist: [], versions: { before: 'v2', after: 'v1' } });
    expect(facts(document, 'Why')).toMatch(/asked for the rollback: /);
  });

  test.each(['refused', 'withdrawn'])('one that changed nothing (%s) is no incident', async (name) => {
    expect(runDocument(await recorded(name))).toMatchObject({ layout: 'deployment', versions: { after: 'as before' }, turnedAt: name === 'withdrawn' ? expect.any(String) as string : null });
  });
});

test('at every event of a run there is a document, and one that goes on says so', () => {
  const events = failing();
  for (let count = 0; count <= events.length; count += 1) {
    const document = runDocument(events.slice(0, count));
    expect(document.over).toBe(count === events.length);
    if (count > 0 && count < events.length) expect(document).toMatchObject({ word: 'STILL RUNNING', versions: { after: 'not decided yet' } });
  }
});

test('a run that waits for a person is an incident already', () => {
  const story = new Story().plan([{ id: '01-stop', title: 'stop', phase: 'stop', kind: 'change', hosts: ['web-1'] }]);
  story.add({ type: 'blocked', task: '01-stop@web-1', title: 'stop', host: 'web-1', sentence: 'no way' }).add({ type: 'waiting', questions: [] });
  expect(runDocument(story.events)).toMatchObject({ layout: 'incident', word: 'BLOCKED', outcome: 'it waits for a person: no way' });
});

test('metrics are those of the moment of the decision: the last reading until then, with what it crossed', () => {
  const samples = [{ at: at(0), value: 1 }, { at: at(200), value: 99 }, { at: at(60), value: 7.12345 }];
  const [metric] = runDocument(failing(), { series: [{ name: 'p95', unit: 'ms', samples, baseline: null, thresholds: [{ name: 'ask', value: 5, bad: 'above' }, { name: 'back', value: 8, bad: 'above' }] }] }).metrics;
  expect(metric).toEqual({ name: 'p95', value: '7.123 ms', at: at(60), baseline: 'not known', crossed: ['ask'], limits: 'ask above 5 ms, back above 8 ms' });
  expect(runDocument(failing(), { series: [{ name: 'p95', unit: 'ms', samples: [{ at: at(9), value: 3 }, { at: at(10), value: null }], baseline: 2, thresholds: [] }] }).metrics[0]).toMatchObject({ value: 'no data', baseline: '2 ms', crossed: [], limits: 'none' });
});

test('what the hosts and people say arrives on one line, with nothing that a terminal obeys', () => {
  const text = JSON.stringify(runDocument(failing('\x1b[2J\nDEPLOYED\u202e', '\x1b[31mred'), { decisions: [{ at: at(1), who: 'a\nb', what: 'c\x07', why: '' }] }));
  expect(text).not.toMatch(/\\u001b|\\u0007|\\n|\u202e/);
  expect(text).toContain('\\\\x1b[2J DEPLOYED');
});
