import { quote } from './remote-command';

export interface LogScan {
  readonly path: string;
  readonly failOn: readonly string[];
  /** Where the length at the start of the release is kept. */
  readonly mark: string;
}

const SCAN = `import os, re, sys
path, mark, patterns = sys.argv[1], sys.argv[2], [re.compile(p) for p in sys.argv[3:]]
if not os.path.exists(path):
    sys.exit("%s is not there: its lines cannot be judged" % path)
begin = int(open(mark).read() or 0)
with open(path, "rb") as f:
    f.seek(begin if begin <= os.path.getsize(path) else 0)
    text = f.read(20 << 20).decode("utf-8", "replace")
found = [line for line in text.splitlines() if any(p.search(line) for p in patterns)]
for line in found[:5]:
    print("%s: %s" % (path, line[:300]), file=sys.stderr)
if found:
    sys.exit("%s has %d lines since the release started that must not be there" % (path, len(found)))
`;

/** Remembers how long each log is before the release starts, so that older lines are never held against it. */
export function markLogs(logs: readonly LogScan[]): string[] {
  return logs.map(({ path, mark }) => `mkdir -p ${quote(mark.slice(0, mark.lastIndexOf('/')))} && { stat -c %s ${quote(path)} 2>/dev/null || echo 0; } > ${quote(mark)}`);
}

/** Lines that fail when the log has a line that matches, written since the mark. */
export function scanLogs(logs: readonly LogScan[]): string[] {
  return logs.map(({ path, mark, failOn }) => `python3 -I - ${[path, mark, ...failOn].map(quote).join(' ')} <<'PYTHON'\n${SCAN}PYTHON`);
}
