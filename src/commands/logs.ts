import { quote } from './remote-command';

export interface LogScan {
  readonly path: string;
  readonly failOn: readonly string[];
  /** Where the file's number and length at the start of the release are kept. */
  readonly mark: string;
}

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
`;

/** Remembers how long each log is before the release starts, so that older lines are never held against it. */
export function markLogs(logs: readonly LogScan[]): string[] {
  return logs.flatMap(({ path, mark }) => [`mkdir -p ${quote(mark.slice(0, mark.lastIndexOf('/')))}`, `{ stat -c '%i %s' ${quote(path)} 2>/dev/null || echo 0 0; } > ${quote(mark)}`]);
}

/** Lines that leave an empty mark: that something was begun, or has come to its end. */
export function leaveMark(mark: string): string[] {
  return [`mkdir -p ${quote(mark.slice(0, mark.lastIndexOf('/')))}`, `touch ${quote(mark)}`];
}

/** Lines that remember when the release starts, in seconds: what reads logs by time begins there. */
export function markRelease(mark: string): string[] {
  return [`mkdir -p ${quote(mark.slice(0, mark.lastIndexOf('/')))}`, `date +%s > ${quote(mark)}`];
}

/** Lines that fail when the log has a line that matches, written since the mark. */
export function scanLogs(logs: readonly LogScan[]): string[] {
  return logs.map(({ path, mark, failOn }) => `python3 -I - ${[path, mark, ...failOn].map(quote).join(' ')} <<'PYTHON'\n${SCAN}PYTHON`);
}
