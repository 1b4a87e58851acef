import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asFailure, refused, stepFailed } from '../../src/activities/failures';
import { jsonRenderer } from '../../src/cli/render/json';
import { plainRenderer } from '../../src/cli/render/plain';
import type { Event } from '../../src/events/events';
import { RunState } from '../../src/events/state';
import { ConnectionLost, HostRefused, LedgerRefused } from '../../src/hosts/failures';
import { commandLine } from '../../src/report/shell';
import { textReport } from '../../src/report/text';
import { createLogger } from '../../src/temporal/logger';
import { HistoryBook, PLAN } from '../events/history';
import { hostile, OBEYED } from './support/hostile';

const BY = { app: 'shop', environment: 'production', release: 'v2', deployment: 'd1' };

/** A failing deployment whose foreign texts are all this one. */
function failing(text: string): Event[] {
  const book = new HistoryBook('deploy', { ...BY, by: text, reason: text, notes: { changes: [text], known: [text] } });
  book.end(book.schedule('claimHosts'));
  book.end(book.schedule('preparePlan'), PLAN);
  book.fail(book.task('02-stop-the-app', 'web-2'), text, [{ tail: text }]);
  const result = { outcome: 'rolled-back', cause: 'failure', sentence: text, deployment: 'd1', release: 'v2' };
  book.add({ kind: 'ended', status: 'failed', result: undefined, failure: { type: 'RolledBack', sentence: '', details: [result] }, identity: '', reason: '' });
  return book.read();
}

test('whatever hosts and people say, the plain log, the report and the JSON obey nothing of it, and no line of theirs passes for one of ours [F56]', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const screen = { written: '', columns: 80, write: (more: string) => void (screen.written += more) };
      const json = { written: '', columns: 80, write: (more: string) => void (json.written += more) };
      const events = failing(text);
      const renderers = [plainRenderer(screen, commandLine([])), jsonRenderer(json, json)];
      const state = new RunState();
      for (const event of events) {
        state.apply(event);
        for (const renderer of renderers) renderer.event(event, state);
      }
      const report = textReport(events, commandLine([]));
      for (const shown of [screen.written, json.written, report]) expect(shown).not.toMatch(OBEYED);
      // One line of JSON an event, and each of them what it was; one verdict in the log and in the report, ours.
      expect(json.written.trimEnd().split('\n').map((line) => JSON.parse(line) as unknown)).toEqual(events);
      expect(screen.written.split('\n').filter((line) => /^ {0,8}\S+s {2}end /.test(line))).toHaveLength(1);
      expect(screen.written.split('\n').filter((line) => /^(schema: |\{|sternway: )/.test(line))).toEqual([]);
      expect(report.split('\n').filter((line) => /^(schema: |\{|sternway: )/.test(line))).toEqual([]);
    }),
    { numRuns: 300, seed: 20261122 },
  );
});

test('what a host said is one line in which nothing is obeyed before it reaches histories and the Temporal UI [F56]', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const failures = [stepFailed(text, 'StepFailed', {}), refused([text, text]), ...[new LedgerRefused('claimed', text, {}), new HostRefused(text), new ConnectionLost(text)].map(asFailure)];
      for (const failure of failures) {
        expect((failure as Error).message).not.toMatch(OBEYED);
        expect((failure as Error).message).not.toContain('\n');
      }
    }),
    { numRuns: 300, seed: 20261122 },
  );
});

test('a log line is one line of JSON with the same value, and a terminal that shows it obeys nothing [F56]', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      let written = '';
      createLogger({ destination: { write: (more: string) => void (written += more) } }).warn({ blocked: { sentence: text }, error: new Error(text) }, text);
      expect(written.endsWith('\n')).toBe(true);
      expect(written.trimEnd()).not.toMatch(/\n/);
      expect(written).not.toMatch(OBEYED);
      const read = JSON.parse(written) as { msg: string; blocked: { sentence: string }; level: number };
      expect([read.level, read.msg, read.blocked.sentence]).toEqual([40, text, text]);
    }),
    { numRuns: 300, seed: 20261122 },
  );
});
