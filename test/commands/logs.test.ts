import { appendFileSync, existsSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { markLogs, scanLogs, type LogScan } from '../../src/commands/logs';
import { sh } from '../../src/commands/remote-command';
import { plant } from './support/plant';
import { lastWords, must, run, temporary } from './support/run';

const SCAN = `import os, re, sys
path, mark, patterns = sys.argv[1], sys.argv[2], [re.compile(p) for p in sys.argv[3:]]
try:
    file, length = (int(word) for word in open(mark).read().split())
except (OSError, ValueError):
    sys.exit("how long %s was when the release started is not known: its lines cannot be judged" % path)
if not os.path.exists(path):
    sys.exit("%s is not there: its lines cannot be judged" % path)
found = 0
with open(path, "rb") as f:
    s = os.fstat(f.fileno())
    if s.st_ino == file and s.st_size >= length:  # else it was rotated, and all of it is new
        f.seek(length)
    for line in f:
        text = line.decode("utf-8", "replace").rstrip()
        if any(p.search(text) for p in patterns):
            found += 1
            if found <= 5:
                print("%s: %s" % (path, text[:300]), file=sys.stderr)
if found:
    sys.exit("%s has %d lines since the release started that must not be there" % (path, found))
PYTHON
`;

test('marking a log keeps which file it is and how long', () => {
  expect(sh(markLogs([{ path: '/var/log/shop/gunicorn.log', failOn: ['ERROR'], mark: '/d1/marks/log-0' }])).script).toBe(`set -eu
mkdir -p /d1/marks
{ stat -c '%i %s' /var/log/shop/gunicorn.log 2>/dev/null || echo 0 0; } > /d1/marks/log-0
`);
  expect(sh(markLogs([{ path: "/v/it's $(id)", failOn: [], mark: '/d 1/-log' }])).script).toBe(`set -eu
mkdir -p '/d 1'
{ stat -c '%i %s' '/v/it'\\''s $(id)' 2>/dev/null || echo 0 0; } > '/d 1/-log'
`);
});

test('scanning a log reads what came after the mark, for every pattern', () => {
  expect(sh(scanLogs([{ path: '/var/log/shop/gunicorn.log', failOn: ['Traceback', '\\bERROR\\b'], mark: '/d1/marks/log-0' }])).script).toBe(
    `set -eu\npython3 -I - /var/log/shop/gunicorn.log /d1/marks/log-0 Traceback '\\bERROR\\b' <<'PYTHON'\n${SCAN}`,
  );
  expect(sh(scanLogs([{ path: "/v/it's", failOn: ['-x $(id)', "a'b"], mark: '/d 1/-log' }])).script).toBe(
    `set -eu\npython3 -I - '/v/it'\\''s' '/d 1/-log' '-x $(id)' 'a'\\''b' <<'PYTHON'\n${SCAN}`,
  );
});

function log(failOn = ['Traceback', '\\bERROR\\b', "it's \\$\\("]) {
  const folder = temporary();
  const scan: LogScan = { path: join(folder, "gunicorn's.log"), failOn, mark: join(folder, 'marks/log-0') };
  return { path: scan.path, mark: sh(markLogs([scan])), scan: sh(scanLogs([scan])) };
}

test('lines from before the mark never count, lines after it do [VF-12, A-27]', () => {
  const { path, mark, scan } = log();
  writeFileSync(path, 'ERROR of the old release\nTraceback of the old release\n');
  must(mark);
  must(scan);
  appendFileSync(path, 'INFO no ERRORS here\n');
  must(scan);
  appendFileSync(path, "ERROR the new one\nfine\nTraceback (most recent call last):\nit's $(id)\n");
  const answer = run(scan);
  expect(answer.code).toBe(1);
  expect(answer.stderr).toBe(`${path}: ERROR the new one\n${path}: Traceback (most recent call last):\n${path}: it's $(id)\n${path} has 3 lines since the release started that must not be there\n`);
});

test('a log that was rotated counts whole, shorter, longer or emptied', () => {
  for (const lines of ['ERROR\n', `${'fine\n'.repeat(20)}ERROR\n${'fine\n'.repeat(20)}`]) {
    const { path, mark, scan } = log();
    writeFileSync(path, 'ERROR of the old release\n'.repeat(5));
    must(mark);
    renameSync(path, `${path}.1`);
    writeFileSync(path, lines);
    expect(lastWords(run(scan))).toBe(`${path} has 1 lines since the release started that must not be there`);
  }
  const { path, mark, scan } = log();
  writeFileSync(path, 'ERROR of the old release\n'.repeat(5));
  must(mark);
  truncateSync(path);
  must(scan);
  appendFileSync(path, 'ERROR\n');
  expect(run(scan).code).toBe(1);
});

test('a log that begins with the release is judged from its first line; one that never comes cannot be judged [A-28]', () => {
  const { path, mark, scan } = log();
  must(mark);
  const missing = run(scan);
  expect(missing.code).toBe(1);
  expect(lastWords(missing)).toBe(`${path} is not there: its lines cannot be judged`);
  expect(existsSync(path)).toBe(false);
  writeFileSync(path, 'ERROR\n');
  expect(run(scan).code).toBe(1);
  writeFileSync(path, 'fine\n');
  must(scan);
});

test('a log whose mark is lost is not taken for a clean one [A-28]', () => {
  const { path, scan } = log();
  plant(path.slice(0, path.lastIndexOf('/')), { "gunicorn's.log": 'fine\n' });
  const answer = run(scan);
  expect(answer.code).toBe(1);
  expect(lastWords(answer)).toBe(`how long ${path} was when the release started is not known: its lines cannot be judged`);
});

test('bytes that are no text, and very long lines, neither break the judgement nor the report', () => {
  const { path, mark, scan } = log();
  must(mark);
  writeFileSync(path, Buffer.concat([Buffer.from([0xff, 0xfe, 0x00]), Buffer.from(` ERROR ${'x'.repeat(5_000_000)}\n`)]));
  const answer = run(scan);
  expect(answer.code).toBe(1);
  expect(answer.stderr.length).toBeLessThan(1000);
});
