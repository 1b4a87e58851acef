// The helper's modules without a host: moments that last too shortly to be caught on one, and hosts that have no cgroups to give.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { HELPER, python } from './alone';

/** A run of ours whose supervisor is `pid`; the lock on its record is held by somebody who only judges. */
const judged = (pid: string, start: string): string => `
r = record.Record(ROOT, "d1", "01-a")
held = r.lock()
disk.make_dirs(r.run("forward"))
disk.write_json(os.path.join(r.run("forward"), "started.json"), {"boot": machine.boot(), "supervisor": {"pid": ${pid}, "start": ${start}}, "at": "now", "pid": 99999999, "pidStart": "1", "sha256": "s", "holder": "d1"})
`;

test('a busy record means a run under way only while the supervisor of the newest run lives: else somebody judges, and is done in a moment [F26]', () => {
  expect(python(`${judged('os.getpid()', 'machine.start_time(os.getpid())')}print(json.dumps(r.under_way()))`)).toBe('{"state": "running", "run": "forward", "at": "now", "pid": 99999999, "sha256": "s"}');
  expect(python(`${judged('os.getpid()', '"1"')}print(r.under_way())`)).toBe('None');
  expect(python(`${judged('99999999', '"1"')}print(r.under_way())`)).toBe('None');
  expect(python(`${judged('os.getpid()', 'machine.start_time(os.getpid())')}open(os.path.join(r.run("forward"), "exit.json"), "wb").write(b"{}" + disk.TRAILER)\nprint(r.under_way())`)).toBe('None');
});

test('who waits for a record comes back when it is free, and no sooner', () => {
  const rests = `
waits = []
def rest(seconds):
    waits.append(seconds)
    if len(waits) == 3: os.close(held)
watch.time.sleep = rest
`;
  expect(python(`${judged('99999999', '"1"')}${rests}watch.while_busy(r)\nprint(len(waits))`)).toBe('3');
  expect(python(`${judged('99999999', '"1"')}${rests}print(watch.look(r)["state"], len(waits))`)).toBe('unknown 3');
});

test('who waits for a run under way says so, and comes back when its record is free', () => {
  expect(python(`${judged('os.getpid()', 'machine.start_time(os.getpid())')}
import threading
said = []
def release():
    said.append("free")
    os.close(held)
watch.while_busy(r, lambda now: (said.append(now["state"]), threading.Timer(0.2, release).start()))
print(said)`)).toBe("['running', 'free']");
});

test('an undo that finds its record busy waits, and looks again', () => {
  expect(python(`${judged('99999999', '"1"')}
os.rename(r.run("forward"), ROOT + "/away")
disk.write_json(r.run("never"), {})
all = tasks.Tasks(fence.Fence(ROOT))
all.settle = lambda req, tell: None
tasks.watch.while_busy = lambda record, tell: os.close(held)
print(all.undo({"deployment": "d1", "step": "01-a", "script": "", "sha256": hashlib.sha256(b"").hexdigest(), "limit": 1}))`)).toBe("{'state': 'never', 'run': None, 'adopted': True}");
});

test('a host without the second kind of cgroups gives none', () => {
  expect(python('import io\nmachine.open = lambda path: io.StringIO("1:name=systemd:/x\\n")\nprint(machine.delegated_cgroup())')).toBe('None');
});

test('what is written is whole, however little the disk takes at once; room for the ending that cannot be had is said', () => {
  expect(python(`
write = os.write
os.write = lambda fd, data: write(fd, data[:1])
disk.write_json(ROOT + "/a", {"whole": 1})
print(disk.read_json(ROOT + "/a"))
try: runner._reserve_exit(ROOT)
except OSError as error: print(error.strerror)`)).toBe("{'whole': 1}\nNo space left on device");
});

test('where the host gives no cgroup a task is its session: all of it is found, ended, and nobody who has its number by now', () => {
  const begin = `
child = subprocess.Popen(["sh", "-c", "sleep 1000 & echo begun; wait"], start_new_session=True, stdout=subprocess.PIPE)
child.stdout.readline()
started = {"pid": child.pid, "pidStart": machine.start_time(child.pid), "cgroup": None}
`;
  expect(python(`${begin}print(len(machine.members(started)), len(machine.members(dict(started, pidStart="1"))))\nmachine.kill_all(started, 5)\nprint(machine.members(started), child.wait())`)).toBe('2 0\n[] -15');
  expect(python('print(machine.new_cgroup(None, "task"))\nmachine.put_into_cgroup(None, 1)\nmachine.drop_cgroup(None)')).toBe('None');
});

test('whoever ends a task gives it its time to end by itself first', () => {
  expect(python(`
child = subprocess.Popen(["sh", "-c", "trap 'sleep 0.3; echo cleaned; exit 0' TERM; echo begun; while :; do sleep 0.01; done"], start_new_session=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
child.stdout.readline()
machine._signal = lambda started, number, send=machine._signal: os.kill(child.pid, number)
machine.kill_all({"pid": child.pid, "pidStart": machine.start_time(child.pid), "cgroup": None}, 20)
print(child.stdout.read().decode().strip())`)).toBe('cleaned');
});

test('who ignores that it is to end is ended all the same, also where the host gives no cgroup', () => {
  expect(python(`
child = subprocess.Popen(["sh", "-c", "trap '' TERM; echo begun; while :; do sleep 0.01; done"], start_new_session=True, stdout=subprocess.PIPE)
child.stdout.readline()
machine.kill_all({"pid": child.pid, "pidStart": machine.start_time(child.pid), "cgroup": None}, 0)
print(child.wait())`)).toBe('-9');
});

test('output below its bound stays whole, and the digest of one that ends in a hole comes to its end', () => {
  expect(python(`
path = ROOT + "/out"
with open(path, "wb") as f: f.write(b"x" * (40 * 1024 * 1024))
before = output.digest(path)
output.bound(path)
print(os.stat(path).st_blocks * 512 >= 40 * 1024 * 1024, output.digest(path) == before)
os.truncate(path, 1 << 40)
print(output.digest(path) == before)
with open(path, "r+b") as f: f.seek(1 << 30); f.write(b"after the hole"); f.truncate()
print(output.digest(path) == hashlib.sha256(b"x" * (40 * 1024 * 1024) + b"\\0" * ((1 << 30) % 4096) + b"after the hole").hexdigest())`)).toBe('True True\nTrue\nTrue');
});

test('looks at a busy lock leave no descriptor open, however many there are', () => {
  expect(python(`
held = disk.lock(ROOT + "/lock")
count = lambda: len(os.listdir("/proc/self/fd"))
before = count()
print(set(disk.lock(ROOT + "/lock", wait=False) for _ in range(20)), count() - before)`)).toBe('{None} 0');
});

test('output past its bound loses its middle, and no descriptor stays open for it', () => {
  expect(python(`
path = ROOT + "/out"
with open(path, "wb") as f: f.write(b"x" * (80 * 1024 * 1024)); f.flush(); os.fsync(f.fileno())
before = len(os.listdir("/proc/self/fd"))
output.bound(path)
now = os.stat(path)
print(now.st_size == 80 * 1024 * 1024, now.st_blocks * 512 < 40 * 1024 * 1024, len(os.listdir("/proc/self/fd")) - before)`)).toBe('True True 0');
});

test('a lock that the host does not give is an error, not a lock; and what is refused says its sentence', () => {
  expect(python(`
def flock(fd, how): raise OSError(37, "No locks available")
disk.fcntl.flock = flock
try: print(disk.lock(ROOT + "/lock"))
except OSError as error: print(error)
print(fence.Refused("stale", "it is another's by now"))`)).toBe("[Errno 37] No locks available\nit is another's by now");
});

test('a file that was cut short is as if it were not there', () => {
  expect(python('open(ROOT + "/a", "wb").write(b"{\\"half\\": 1")\nprint(disk.read_json(ROOT + "/a"), disk.read_json(ROOT + "/b"))\ndisk.write_json(ROOT + "/a", {"whole": 1})\nprint(disk.read_json(ROOT + "/a"))')).toBe("None None\n{'whole': 1}");
});

test('asked for what it does not know, it says what it knows and fails: no caller takes that for done', () => {
  const { status, stdout, stderr } = spawnSync('python3', ['-I', '-B', HELPER, 'deploy'], { encoding: 'utf8' });
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain('serve');
});
