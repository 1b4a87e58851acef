import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { plainRenderer } from '../../src/cli/render/plain';
import type { Renderer } from '../../src/cli/render/renderer';
import { styleFor } from '../../src/cli/render/style';
import { TerminalRenderer } from '../../src/cli/render/terminal';
import { RunState } from '../../src/events/state';
import { commandLine } from '../../src/report/shell';
import { textReport } from '../../src/report/text';
import { width } from '../../src/report/width';
import { HistoryBook, PLAN } from '../events/history';

beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-11-22T05:00:30.000Z') }));
afterEach(() => void vi.useRealTimers());

/** A small terminal: obeys what our renderer may send, and nothing else. */
class Screen {
  readonly lines: string[] = [''];
  written = '';
  constructor(readonly columns: number) {}

  write(text: string): void {
    this.written += text;
    for (const part of text.split(/(\x1b\[\d*[A-Za-z]|\x1b\[[\d;]*m|\n|\r)/)) {
      const up = /^\x1b\[(\d+)A$/.exec(part);
      if (up) this.lines.length -= Number(up[1]);
      else if (part === '\x1b[J') this.lines[this.lines.length - 1] = '';
      else if (part === '\n') this.lines.push('');
      else if (part !== '\r' && !/^\x1b\[[\d;]*m$/.test(part)) this.lines[this.lines.length - 1] += part;
    }
  }

  get text(): string {
    return this.lines.map((line) => line.trimEnd()).join('\n');
  }
}

const UNICODE = { LANG: 'C.UTF-8' };
const EVIL = '\x1b[2J\x1b]0;x\x07\x9b31m';

/** A failing deployment on two hosts, whose every foreign text tries to take over the terminal. */
function failing(): HistoryBook {
  const book = new HistoryBook('deploy', { app: 'shop', environment: 'production', release: `v2${EVIL}`, deployment: 'd1', by: `ada${EVIL}`, reason: `why${EVIL}` });
  book.end(book.schedule('claimHosts'));
  book.end(book.schedule('preparePlan'), PLAN);
  const [one, two] = [book.task('02-stop-the-app', 'web-1'), book.task('02-stop-the-app', 'web-2')];
  book.end(one, { seconds: 1, tail: '', adopted: true, state: 'ended' }, 2);
  book.fail(two, `web-2: exit code 1${EVIL}`, [{ tail: `trying\n${EVIL}\nno such unit${EVIL}\n` }]);
  const back = book.task('02-stop-the-app', 'web-1', 'undo');
  const also = book.task('02-stop-the-app', 'web-2', 'undo');
  book.end(back, { state: 'undone' }).end(also, { state: 'undone' });
  const result = { outcome: 'rolled-back', cause: 'failure', sentence: `back on v1${EVIL}`, deployment: 'd1', release: 'v2' };
  book.add({ kind: 'ended', status: 'failed', result: undefined, failure: { type: 'RolledBack', sentence: '', details: [result] }, identity: '', reason: '' });
  return book;
}

function show(book: HistoryBook, renderer: Renderer): RunState {
  const state = new RunState();
  for (const event of book.read()) {
    state.apply(event);
    renderer.event(event, state);
  }
  return state;
}

test('a terminal of 80 columns shows a line a step, the way back apart, and the next command', () => {
  const screen = new Screen(80);
  show(failing(), new TerminalRenderer(screen, styleFor(true, { ...UNICODE, TERM: 'xterm' }), commandLine()));
  expect(screen.text).toMatchInlineSnapshot(`
    "shop/production  v2\\x1b[2J\\x1b]0;x\\x07\\x9b31m                                d1
    by ada\\x1b[2J\\x1b]0;x\\x07\\x9b31m: why\\x1b[2J\\x1b]0;x\\x07\\x9b31m

      ✓ claim the hosts                                                       2.0 s
      ✓ read the hosts and plan                                               2.0 s
      2 steps on web-1, web-2, from v1 to v2

    stop
      ✗ stop the app                                             web-2        4.0 s
        | trying
        | \\x1b[2J\\x1b]0;x\\x07\\x9b31m
        | no such unit\\x1b[2J\\x1b]0;x\\x07\\x9b31m
        web-2: exit code 1\\x1b[2J\\x1b]0;x\\x07\\x9b31m
      ✓ stop the app                        web-1, 2 attempts, adopted        3.0 s

    ◀ GOING BACK

    ◀ back: stop
      ↶ stop the app                                       web-1 web-2        4.0 s

    ↶ ROLLED BACK  after 21 s
      back on v1\\x1b[2J\\x1b]0;x\\x07\\x9b31m
        sternway report d1
            the whole story
        sternway deploy v2
            once the cause is mended

    "
  `);
});

test('no line is wider than the terminal, and nothing foreign is obeyed, at any width', () => {
  for (const columns of [40, 60, 80, 200]) {
    const screen = new Screen(columns);
    show(failing(), new TerminalRenderer(screen, styleFor(true, { ...UNICODE, TERM: 'xterm' }), commandLine()));
    const commands = /sternway (report|deploy) /;
    expect(screen.lines.filter((line) => width(line) > columns && !commands.test(line))).toEqual([]);
    expect(screen.written).not.toContain('\x1b[2J');
    expect(screen.written).not.toContain('\x9b');
    expect(screen.written).not.toContain('\x07');
  }
});

test('steps under way are drawn in place with their time running, and what troubles them', () => {
  const book = new HistoryBook();
  book.end(book.schedule('preparePlan'), PLAN);
  book.task('02-stop-the-app', 'web-1');
  book.end(book.task('02-stop-the-app', 'web-2'));
  const screen = new Screen(80);
  const renderer = new TerminalRenderer(screen, styleFor(true, { ...UNICODE, TERM: 'xterm' }), commandLine());
  vi.setSystemTime(new Date(book.lines.at(-1)?.at ?? ''));
  const state = show(book, renderer);
  vi.advanceTimersByTime(60_000);
  expect(screen.lines.at(-2)).toMatch(/^ {2}\S stop the app +1 of 2, web-1 +1 min 03 s$/);
  state.apply({ v: 1, at: '', type: 'retrying', what: '02-stop-the-app@web-1', attempt: 3, sentence: `the connection was lost${EVIL}` });
  vi.advanceTimersByTime(1_000);
  expect(screen.lines.slice(-3, -1).join('\n')).toMatch(/stop the app +1 of 2, web-1 +1 min 04 s\n {4}web-1: attempt 3, for the connection was lost\\x1b/);
  const drawn = screen.lines.length;
  vi.advanceTimersByTime(30_000);
  expect(screen.lines.length).toBe(drawn);
  renderer.close();
  expect(screen.text).not.toContain('1 of 2');
});

test('a log gets one line an event with the time since the start, and nothing foreign is obeyed', () => {
  const screen = new Screen(80);
  show(failing(), plainRenderer(screen, commandLine()));
  expect(screen.written).not.toMatch(/[\x1b\x9b\x07]/);
  expect(screen.text).toMatchInlineSnapshot(`
    "     0.0s  start    deploy shop/production v2\\x1b[2J\\x1b]0;x\\x07\\x9b31m d1 by ada\\x1b[2J\\x1b]0;x\\x07\\x9b31m: why\\x1b[2J\\x1b]0;x\\x07\\x9b31m
         3.0s  ...      claim the hosts
         5.0s  ok       claim the hosts (2.0 s)
         6.0s  ...      read the hosts and plan
         8.0s  ok       read the hosts and plan (2.0 s)
         8.0s  plan     d1: 2 steps on web-1, web-2, from v1 to v2
         9.0s  ...      stop: stop the app · web-1
        10.0s  ...      stop: stop the app · web-2
        12.0s  ok       stop: stop the app · web-1 (3.0 s, 2 attempts, adopted)
        14.0s  FAILED   stop: stop the app · web-2 (4.0 s)
                        | trying
                        | \\x1b[2J\\x1b]0;x\\x07\\x9b31m
                        | no such unit\\x1b[2J\\x1b]0;x\\x07\\x9b31m
                        web-2: exit code 1\\x1b[2J\\x1b]0;x\\x07\\x9b31m
        14.0s  BACK     failure: stop the app on web-2: exit code 1\\x1b[2J\\x1b]0;x\\x07\\x9b31m
        15.0s  ...      undo stop: stop the app · web-1
        16.0s  ...      undo stop: stop the app · web-2
        18.0s  ok       undo stop: stop the app · web-1 (3.0 s)
        20.0s  ok       undo stop: stop the app · web-2 (4.0 s)
        21.0s  end      ROLLED BACK after 21 s
                        back on v1\\x1b[2J\\x1b]0;x\\x07\\x9b31m
                        sternway report d1    # the whole story
                        sternway deploy v2    # once the cause is mended
    "
  `);
});

test('the report says first what the hosts are, then why, with the last words of what failed', () => {
  const report = textReport(failing().read(), commandLine());
  expect(report).not.toMatch(/[\x1b\x9b\x07]/);
  expect(report).toMatchInlineSnapshot(`
    "shop/production  ·  v2  ·  d1

    ROLLED BACK: back on v1\\x1b[2J\\x1b]0;x\\x07\\x9b31m

    started   2026-11-22 05:00:01 UTC by ada\\x1b[2J\\x1b]0;x\\x07\\x9b31m -
              why\\x1b[2J\\x1b]0;x\\x07\\x9b31m
    ended     2026-11-22 05:00:22 UTC, after 21 s
    hosts     web-1, web-2
    before    v1
    cause     failure, 2026-11-22 05:00:15 UTC: stop the app on web-2: exit code
              1\\x1b[2J\\x1b]0;x\\x07\\x9b31m

    What failed
      stop the app · web-2 (phase stop, after 4.0 s)
        web-2: exit code 1\\x1b[2J\\x1b]0;x\\x07\\x9b31m
          | trying
          | \\x1b[2J\\x1b]0;x\\x07\\x9b31m
          | no such unit\\x1b[2J\\x1b]0;x\\x07\\x9b31m

    Time by phase
      stop                     5.0 s   2 tasks
      back: stop               5.0 s   2 tasks

    Taken back
      stop the app · web-1, web-2

    Next
      sternway deploy v2
          once the cause is mended
    "
  `);
});

test('colour only on a terminal that wants it, and plain marks where the locale has no others', () => {
  const red = '\x1b[1;31mx\x1b[0m';
  expect(styleFor(true, { TERM: 'xterm' }).bad('x')).toBe(red);
  expect(styleFor(false, { TERM: 'xterm' }).bad('x')).toBe('x');
  expect(styleFor(true, { TERM: 'xterm', NO_COLOR: '1' }).bad('x')).toBe('x');
  expect(styleFor(true, { TERM: 'dumb' }).bad('x')).toBe('x');
  expect(styleFor(false, { FORCE_COLOR: '1' }).bad('x')).toBe(red);
  expect(styleFor(true, { LANG: 'C' }).marks.done).toBe('+');
  expect(styleFor(true, { LANG: 'de_DE.UTF-8' }).marks.done).toBe('✓');
  expect(styleFor(true, { LANG: 'de_DE.UTF-8', LC_ALL: 'POSIX' }).marks.done).toBe('+');
});
