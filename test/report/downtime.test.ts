import { describe, expect, test } from 'vitest';
import type { Event, PlannedStep } from '../../src/events/events';
import { downtimeOf } from '../../src/report/document/downtime';
import { at, good } from './runs';
import { Story } from './story';

const step = (id: string, phase: string, title: string, kind: PlannedStep['kind'] = 'change'): PlannedStep => ({ id, title, phase, kind, hosts: ['web-1', 'web-2'] });
const CLOSE = step('04-close', 'close', 'nginx: maintenance page');
const STOP = step('06-stop', 'stop', 'stop the app');
const OPEN = step('11-open', 'open', 'nginx: open the site');
const PLAN = [step('03-look', 'close', 'users get the page', 'check'), CLOSE, STOP, OPEN, step('12-mark', 'open', 'tell Sentry')];
const of = (events: readonly Event[]) => downtimeOf(events, events.at(-1)?.at ?? '');
const closed = (events: readonly Event[]) => of(events).closed.map(({ from, to }) => [from, to]);

describe('downtime', () => {
  test('is from the first host\'s maintenance page until the last host lets users in, however the hosts follow one another', () => {
    const story = new Story().plan(PLAN); // two seconds
    story.step(CLOSE, 10).step(STOP, 30).step(OPEN, 20).ended({ outcome: 'deployed', status: 'completed', sentence: '' });
    // 2: asked for; 2+10+1, +30+3, +20 on the first host, +2 on the second.
    expect(of(story.events)).toMatchObject({ seconds: 66, closed: [{ from: at(2), to: at(68), seconds: 66, earlier: false }] });
    expect(of(story.events).sentence).toBe('1 min 06 s with the maintenance page (2026-11-22, UTC: 05:45:14 to 05:46:20)');
  });

  test('has two parts where users were let in and shut out again, and is their sum', () => {
    const story = new Story().plan(PLAN).step(CLOSE, 10).step(STOP, 30).step(OPEN, 20).wait(100);
    story.step(OPEN, 5, true).step(STOP, 10, true).step(CLOSE, 5, true).ended({ outcome: 'rolled-back', status: 'failed', sentence: '' });
    expect(of(story.events)).toMatchObject({ seconds: 66 + 22, closed: [{ seconds: 66 }, { seconds: 22 }] });
  });

  test('ends with the undo of the maintenance page where users were never let in', () => {
    const story = new Story().plan(PLAN).step(CLOSE, 10).step(STOP, 30, false, { 'web-2': { sentence: 'no' } }).step(CLOSE, 5, true);
    expect(closed(story.events)).toEqual([[at(2), at(2 + 11 + 33 + 5.5)]]);
  });

  test('goes on where opening failed on one host', () => {
    const story = new Story().plan(PLAN).step(CLOSE, 10).step(OPEN, 20, false, { 'web-2': { sentence: 'no' } }).wait(7).step(CLOSE, 10, true);
    expect(closed(story.events)).toEqual([[at(2), at(2 + 11 + 22 + 7 + 11)]]);
  });

  test('is told as longer than what is known while the page is still there, as after an undo that somebody skipped', () => {
    const story = new Story().plan(PLAN).step(CLOSE, 10).step(CLOSE, 5, true, { 'web-2': { sentence: 'no' } });
    story.add({ type: 'decided', task: '04-close@web-2', answer: 'skip', by: 'x', reason: 'y' }).ended({ outcome: 'incomplete', status: 'failed', sentence: '' });
    expect(of(story.events)).toMatchObject({ closed: [{ to: null }], sentence: expect.stringMatching(/^at least 18 s .* and longer\)$/) as string });
  });

  test('ends where a person says that the page is taken away by hand', () => {
    const story = new Story().plan(PLAN).step(CLOSE, 10).step(CLOSE, 5, true, { 'web-2': { sentence: 'no' } }).wait(60);
    story.add({ type: 'decided', task: '04-close@web-2', answer: 'resolved', by: 'x', reason: 'y' }).ended({ outcome: 'rolled-back', status: 'failed', sentence: '' });
    expect(closed(story.events)).toEqual([[at(2), at(2 + 11 + 5.5 + 60)]]);
  });

  test('of a rollback is from closing the site again; of one whose deployment never let users in it began earlier', () => {
    const live = new Story('rollback').plan(PLAN).step(OPEN, 5, true).step(CLOSE, 5, true);
    expect(of(live.events)).toMatchObject({ seconds: 11, closed: [{ earlier: false }] });
    const stuck = new Story('rollback').plan([CLOSE, STOP]).step(STOP, 5, true).step(CLOSE, 5, true);
    expect(of(stuck.events)).toMatchObject({ closed: [{ from: at(0), earlier: true }], sentence: expect.stringMatching(/^at least 13 s .*from before 05:45:12/) as string });
  });

  test('is none where the plan closes and the run did not get there, and not measured without a plan', () => {
    expect(of(new Story().plan(PLAN).step({ ...STOP, phase: 'prepare' }, 3).events)).toMatchObject({ seconds: 0, closed: [], sentence: 'none: users never got the maintenance page' });
    expect(of(new Story().events)).toMatchObject({ seconds: null, closed: [] });
  });

  test('of a real plan is found by its own steps', () => {
    const events = good();
    const time = (type: string, title: string, pick: 'find' | 'findLast') => (events[pick]((event) => event.type === type && 'title' in event && event.title === title) as Event).at;
    expect(closed(events)).toEqual([[time('step-started', 'nginx: maintenance page', 'find'), time('step-ended', 'nginx: open the site', 'findLast')]]);
  });

  test('says its day once, and the second one where a run passes midnight', () => {
    const night = (seconds: number): string => new Date(Date.parse('2026-11-22T23:59:45Z') + seconds * 1000).toISOString();
    const story = new Story().plan(PLAN).step(CLOSE, 1).step(OPEN, 1);
    const events = story.events.map((event, index): Event => ({ ...event, at: night(index * 5) }));
    expect(of(events).sentence).toBe('35 s with the maintenance page (2026-11-22, UTC: 23:59:55 to 2026-11-23 00:00:30)');
  });
});

