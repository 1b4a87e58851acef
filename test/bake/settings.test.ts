/** The section `bake` of sternway.yml. */
import { expect, test } from 'vitest';
import { ConfigError, problemText } from '../../src/config/errors';
import { resolveEnvironment, splitInventory } from '../../src/config/environment';
import { checkSettings, parseConfig } from '../../src/config/parse';
import { fullDocument, put, type Doc } from '../config/document';
import { bakeOf } from './replay';

const prometheus = { url: 'http://127.0.0.1:9090', query: 'x' };
const source = { name: 'it', prometheus };
const threshold = { name: 'it', metric: 'it', accept: 1 };

function sentencesFor(bake: Doc): string[] {
  try {
    bakeOf(bake);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(problemText);
    throw error;
  }
  return [];
}

test('a small bake has the stages, the interval and the time of the runbooks', () => {
  expect(bakeOf({ thresholds: [threshold], sources: [source] })).toEqual({
    watch: ['30m', '2h', '1d'], every: '30s', no_data: 'hold', thresholds: [{ ...threshold, for: '5m' }], sources: [source],
  });
});

test('without the section there is no bake', () => {
  const document = fullDocument();
  put(document, ['bake'], undefined);
  expect(parseConfig(document, 'sternway.yml').environments['production']).not.toHaveProperty('bake');
});

test('the preset is the thresholds of the runbook, for the sources that are there', () => {
  const sources = [{ name: 'error-rate', access_log: {} }, { name: 'response-time', probe: { name: 'health' } }, { name: 'affected-users', prometheus }];
  const preset = [
    { name: 'error-rate', metric: 'error-rate', accept: '1%', rollback: '10%', for: '5m', least: 10 },
    { name: 'response-time', metric: 'response-time', accept: '500ms', rollback: '5s', for: '5m' },
    { name: 'affected-users', metric: 'affected-users', accept: '1%', rollback: '50%', for: '1m' },
  ];
  expect(bakeOf({ preset: 'runbook', sources }).thresholds).toEqual(preset);
  expect(bakeOf({ preset: 'runbook', sources: sources.slice(0, 1) }).thresholds).toEqual(preset.slice(0, 1));
  // Nobody counts: then nobody is asked to.
  expect(bakeOf({ preset: 'runbook', sources: [{ name: 'error-rate', prometheus }] }).thresholds[0]?.least).toBeUndefined();
  const own = { name: 'error-rate', metric: 'error-rate', accept: '5%', for: '1m' };
  expect(bakeOf({ preset: 'runbook', thresholds: [own], sources }).thresholds).toEqual([own, ...preset.slice(1)]);
});

test('what a client sends is read again by the worker, and nothing of it changes', () => {
  const { settings } = splitInventory(resolveEnvironment(parseConfig(fullDocument(), 'sternway.yml'), 'production'));
  expect(settings.bake?.thresholds.map(({ name }) => name)).toEqual(['errors', 'slower', 'issues', 'alarms', 'response-time']);
  expect(checkSettings(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
});

test.each<[title: string, bake: Doc, sentence: string]>([
  ['stages out of order', { watch: ['2h', '30m'] }, 'bake.watch[1]: must be longer than the stage before (got 30m after 2h) - put them in order, each once'],
  ['a sample that comes after the stage', { watch: ['10s'], every: '1m' }, 'bake.every: must not be longer than the first stage of watch (got 1m, the stage is 10s) - take samples more often, or watch longer'],
  ['another way to take no data', { no_data: 'healthy' }, 'bake.no_data: must be hold, the only choice yet (got "healthy") - for example hold'],
  ['no threshold', { thresholds: [] }, 'bake.thresholds: must have at least one threshold (got none) - add one, or preset: runbook'],
  ['a preset that finds nothing', { thresholds: [], preset: 'runbook' }, 'bake.thresholds: must have at least one threshold (got none, and no source that the preset knows) - name a source error-rate, response-time, affected-users'],
  ['a source that nobody uses, such as a misspelt one of the preset', { preset: 'runbook', sources: [source, { name: 'eror-rate', access_log: {} }] }, 'bake.sources[1]: is used by no threshold (got eror-rate) - add one with metric: eror-rate, or leave the source out; the preset knows error-rate, response-time, affected-users'],
  ['a figure from nowhere', { thresholds: [threshold, { ...threshold, name: 'two', metric: 'ti' }] }, 'bake.thresholds[1].metric: must be the name of a source (got ti) - known here: it'],
  ['two thresholds of one name', { thresholds: [threshold, threshold] }, 'bake.thresholds[1].name: must be unique (got "it" again) - give each threshold a name of its own'],
  ['two sources of one name', { sources: [source, source] }, 'bake.sources[1].name: must be unique (got "it" again) - give each source a name of its own'],
  ['a source of two kinds', { sources: [{ ...source, access_log: {} }] }, 'bake.sources[0]: must be of one kind (got access_log and prometheus) - give it one of probe, access_log, prometheus, sentry, program'],
  ['a program that is none', { sources: [{ name: 'it', program: { run: [] } }] }, 'bake.sources[0].program.run: must be a list of at least one item: the program and its arguments (got an empty list) - for example [/usr/local/bin/datadog-errors, --service, shop]'],
  ['a source of no kind', { sources: [{ name: 'it' }] }, 'bake.sources[0]: must be of one kind (got none) - give it one of probe, access_log, prometheus, sentry, program'],
  ['a probe that is not there', { sources: [{ name: 'it', probe: { name: 'helth' } }] }, 'bake.sources[0].probe.name: must be the name of a probe (got helth) - known here: health, status, order'],
  ['a probe that cannot measure it', { sources: [{ name: 'it', probe: { name: 'health', measure: 'busy' } }] }, 'bake.sources[0].probe.measure: must be what path measures (got busy) - one of seconds, failing'],
  ['a probe that takes samples itself', { sources: [{ name: 'it', probe: { name: 'times' } }] }, 'bake.sources[0].probe.name: must be a probe that is one reading (got times, of kind samples) - the bake takes samples itself: name a probe with path'],
  ['a rollback before the acceptance', { thresholds: [{ ...threshold, accept: '10%', rollback: '1%' }] }, 'bake.thresholds[0].rollback: must not be less than accept (got 1%, accept is 10%) - every figure is worse the higher it is: exchange the two, or turn the figure around'],
  ['limits of two sorts', { thresholds: [{ ...threshold, accept: '10%', rollback: 0.2 }] }, 'bake.thresholds[0].rollback: must be written as accept is (got 0.2, accept is 10%) - give both as numbers, as percentages or as durations'],
  ['a share of the baseline', { thresholds: [{ ...threshold, accept: '10%', against: 'baseline' }] }, 'bake.thresholds[0].accept: must be a number from 1 with against: baseline, so many times the baseline (got 10%) - for example 1.5'],
  ['a limit that is none', { thresholds: [{ ...threshold, accept: '10 percent' }] }, 'bake.thresholds[0].accept: must be a number from 0, a percentage such as 10% or a duration such as 500ms (got "10 percent") - for example 10%'],
  ['least where nobody counts', { thresholds: [{ ...threshold, least: 5 }] }, 'bake.thresholds[0].least: must be left out: it does not tell how many requests a figure rests on (got 5) - leave it out, or add count to its prometheus, counts to its program'],
  ['a password in the address of Prometheus', { sources: [{ name: 'it', prometheus: { ...prometheus, url: 'http://me:hunter2@prometheus:9090' } }] }, 'bake.sources[0].prometheus.url: must be an http(s):// address without a user, a query or a password (got "http://***@prometheus:9090") - for example http://127.0.0.1:9090'],
])('refuses %s', (_, bake, sentence) => {
  const [said = '', ...more] = sentencesFor({ thresholds: [threshold], sources: [source], ...bake });
  expect(more).toEqual([]);
  // The list of all probes is long.
  expect(said.startsWith(sentence) ? sentence : said).toBe(sentence);
});
