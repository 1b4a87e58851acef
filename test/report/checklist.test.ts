import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RunState } from '../../src/events/state';
import { checklistOf } from '../../src/report/document/checklist';
import { CHECKLIST } from '../../src/report/document/checklist-items';
import { notesPlan } from '../plan/support/notes';
import { recorded } from './recorded';
import { failing, good, STEPS } from './runs';
import { play, stepsOf, Story } from './story';

const NOTES = { systemd: stepsOf(notesPlan('systemd')), compose: stepsOf(notesPlan('compose')) };
const states = (events: ReturnType<typeof good>) => checklistOf(RunState.of(events)).map(({ state }) => state);

describe('the runbook\'s checklist', () => {
  test('has its 18 items, in its order [OV-13]', () => {
    expect(checklistOf(RunState.of(good())).map(({ item, text }) => `${item} ${text}`)).toEqual([
      '1 Team notified (24 h ahead)', '2 Code tagged in Git', '3 Pre-deployment backup created', '4 Environment variables verified', '5 Tests passing', '6 Maintenance mode enabled (if needed)',
      '7 Services stopped', '8 Code updated to the new version', '9 Dependencies installed', '10 Database migrations run', '11 Static files collected', '12 Services started',
      '13 Maintenance mode disabled', '14 Health checks verified', '15 API endpoints tested', '16 Error logs checked', '17 Monitoring dashboards checked', '18 Team notified (deployment complete)',
    ]);
  });

  test('of a good deployment says of each item by which step it was done, why it does not apply, or that it is a person\'s [OV-13]', () => {
    const list = checklistOf(RunState.of(play(NOTES.systemd)));
    expect(list.map(({ state, why }) => `${state}: ${why}`)).toMatchInlineSnapshot(`
      [
        "person: no record of it here",
        "done: by fetch the release",
        "done: by back up configuration and code, trial dump of the database, trial copy off the host, final dump of the database, copy the dump off the host",
        "done: by the environment has every name that the release needs",
        "person: the plan runs no tests",
        "done: by nginx: maintenance page",
        "done: by stop the app",
        "done: by switch to the release",
        "done: by virtual environment",
        "done: by migrate",
        "done: by collect static files",
        "done: by start the app",
        "done: by nginx: open the site",
        "done: by the new release answers, stays up and logs no error",
        "done: by users get the new release",
        "done: by the new release answers, stays up and logs no error",
        "person: no check of the plan reads the metrics (verify: 3)",
        "person: no record of it here",
      ]
    `);
  });

  test('every item that steps carry out finds them in a real plan, so no title was changed behind its back', () => {
    const plans = [STEPS, NOTES.systemd, NOTES.compose];
    const missing = CHECKLIST.filter(({ by }) => by && !plans.some((steps) => steps.some(by))).map(({ text }) => text);
    // Their steps are there only where the configuration asks for them; test/plan has the titles.
    const source = ['prepare', 'open'].map((name) => readFileSync(`${__dirname}/../../src/plan/lines/${name}.ts`, 'utf8')).join('');
    for (const title of ['tests of the release', 'the environment has every name that the release needs', 'what is measured is within its limits', 'collect static files']) expect(source).toContain(`'${title}'`);
    expect(missing.filter((text) => !['Tests passing', 'Environment variables verified', 'Monitoring dashboards checked', 'Static files collected'].includes(text))).toEqual([]);
  });

  test('of one that failed says what failed, what was not reached and what was taken back', () => {
    const list = checklistOf(RunState.of(failing()));
    const why = (item: number) => [list[item - 1]?.state, list[item - 1]?.why];
    expect(why(15)).toEqual(['not-done', 'users get the new release · from outside failed']);
    expect(why(8)).toEqual(['not-done', 'it was, and was taken back: switch to the release']);
    // What leaves nothing to take back stays done, although it has an undo to see that it has ended.
    expect(failing().some((event) => event.type === 'undo-ended' && event.title === 'final dump of the database')).toBe(true);
    expect([why(2)[0], why(3)[0]]).toEqual(['done', 'done']);
    expect(why(14)[0]).toBe('done');
  });

  test('of one that stopped early says what was not reached', () => {
    const story = new Story().plan(STEPS);
    expect(checklistOf(RunState.of(story.events))[6]).toMatchObject({ state: 'not-done', why: 'stop the app · web-1 has not been reached yet' });
    story.ended({ outcome: 'rolled-back', status: 'failed', sentence: '' });
    expect(checklistOf(RunState.of(story.events))[6]).toMatchObject({ state: 'not-done', why: 'stop the app · web-1 was not reached' });
  });

  test('never says done of a step that one host has not ended', () => {
    const events = good();
    const last = events.findLastIndex((event) => event.type === 'step-ended' && event.title === 'start the app');
    const cut = events.filter((_, index) => index !== last);
    expect(states(events)[11]).toBe('done');
    expect(states(cut)[11]).toBe('not-done');
  });

  test('takes what people mark, and only for the item that they mark', () => {
    const marked = checklistOf(RunState.of(good()), [{ item: 1, state: 'done', why: 'mail\nof Friday' }]);
    expect(marked[0]).toMatchObject({ state: 'done', why: 'mail of Friday' });
    expect(marked.slice(1)).toEqual(checklistOf(RunState.of(good())).slice(1));
  });

  test('without a plan claims nothing', async () => {
    expect(new Set(states(await recorded('refused')))).toEqual(new Set(['person', 'not-done']));
  });
});
