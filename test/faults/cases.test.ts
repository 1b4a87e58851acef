import { expect, test } from 'vitest';
import { shopPlan } from '../plan/support/shop';
import { exhaustive, goesForward, KINDS, MORE_KINDS, nameOf, STAGES, turningPoint, wayBack } from './cases';
import { glassCases } from './glass';
import { randomCases } from './random';
import { tables } from './report';
import { terminateCases } from './terminate';
import { summarize, type Done } from './summary';

const plan = shopPlan();

test('every step is struck before, during and after it by every kind of fault, forward; and every undo by those that it must outlast', () => {
  const ids = new Set(exhaustive(plan).map(({ id }) => id));
  expect(ids.size).toBe(exhaustive(plan).length);
  for (const step of plan.steps.filter(goesForward)) {
    for (const when of step.tasks['worker'] ? ['before', 'after'] : ['before', 'during', 'after']) for (const kind of KINDS) expect(ids).toContain(`forward/${nameOf(step)}/${when}/${kind}`);
  }
  for (const step of wayBack(plan, turningPoint(plan))) for (const when of ['before', 'after']) for (const kind of ['worker-kill', 'server-kill', 'reset', 'black-hole']) expect(ids).toContain(`back/${nameOf(step)}/${when}/${kind}`);
});

test('break-glass is tried at every step, before and after it, and in the middle of all that runs on a host', () => {
  const ids = glassCases(plan).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const step of plan.steps.filter(goesForward)) for (const when of step.tasks['worker'] ? ['before', 'after'] : ['before', 'during', 'after']) expect(ids).toContain(`break-glass/${nameOf(step)}/${when}`);
});

test('a run is terminated at every step and stage, and at every step of the way back', () => {
  const ids = terminateCases(plan).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const names = [...plan.steps.filter(goesForward).map(nameOf), ...Object.keys(STAGES), ...wayBack(plan, turningPoint(plan)).map((step) => `back/${nameOf(step)}`)];
  for (const name of names) for (const when of ['before', 'after']) expect(ids).toContain(`terminate/${name}/${when}`);
  expect(ids).toEqual(expect.arrayContaining(['terminate/migrate/during', 'terminate/back/migrate/during', 'terminate/claimHosts/during']));
});

test('cases of kills hold nothing but kills and cancels', () => {
  const kinds = new Set(randomCases(plan, 300, 1, 'kills').flatMap(({ strikes }) => strikes.map(({ kind }) => kind)));
  expect(kinds).toEqual(new Set(['worker-kill', 'helper-kill', 'server-kill', 'cancel', 'supervisor-kill']));
});

test('the way back of a run that was turned back before the opening undoes the newest step first and leaves out what was never begun', () => {
  const titles = wayBack(plan, turningPoint(plan)).map(({ title }) => title);
  expect(titles[0]).toBe('start the app');
  expect(titles.at(-1)).toBe('fetch the release');
  expect(titles).toContain('users get the old release again');
  expect(titles).not.toContain('nginx: open the site');
});

test('a seed fixes what is drawn, whatever the number of cases, and another seed draws otherwise', () => {
  expect(randomCases(plan, 40, 1).slice(0, 10)).toEqual(randomCases(plan, 10, 1));
  expect(randomCases(plan, 10, 2)).not.toEqual(randomCases(plan, 10, 1));
  const cases = randomCases(plan, 300, 1);
  expect(new Set(cases.flatMap(({ strikes }) => strikes.map(({ kind }) => kind)))).toEqual(new Set([...KINDS, ...MORE_KINDS]));
  expect(cases.some(({ strikes }) => strikes.some(({ place }) => place.point.includes(' undo ')))).toBe(true);
});

test('a campaign counts what it was given, and its recovery times by kind', () => {
  const done = (n: number, kind: string, violations: string[] = []): Done => ({
    id: `forward/0${n}/before/${kind}`, code: 'c', outcome: 'deployed', sentence: '', fired: [], held: 0, recovery: [{ kind, seconds: n }], seconds: 1, violations, at: `2026-11-22T12:00:0${n}Z`,
  });
  const summary = summarize([done(3, 'reset'), done(1, 'reset'), done(2, 'reset', ['I6: the claim is open'])], { code: 'c', commit: 'd', planned: 4 });
  expect(summary).toMatchObject({ cases: 3, violated: 1, outcomes: { deployed: 3 }, groups: { forward: 3 }, from: '2026-11-22T12:00:01Z', to: '2026-11-22T12:00:03Z' });
  expect(summary.recovery).toEqual({ reset: { count: 3, median: 2, p95: 3, longest: 3 } });
  expect(tables([['exhaustive', summary]])).toContain('| exhaustive | 3 of 4 | 1 | 3 deployed |');
  expect(summary.broken).toEqual([{ id: 'forward/02/before/reset', violations: ['I6: the claim is open'] }]);
});
