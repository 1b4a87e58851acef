// The channel's end on a host, and what is read over it, without a host.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { HELPER, python } from './alone';

test('a channel that is closed before a word was said ends without one', () => {
  const { status, stdout, stderr } = spawnSync('python3', ['-I', '-B', HELPER, 'serve'], { input: '', encoding: 'utf8', env: { PATH: process.env.PATH, STERNWAY_SCOPE: 'none' }, timeout: 30_000 });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('a request that is none is refused, and whoever asked learns why, once', () => {
  expect(python(`import server\nserver.answer(b"no request\\n")`)).toBe('{"id": null, "refused": {"code": "malformed", "message": "Expecting value: line 1 column 1 (char 0)"}}');
});

test('what the host itself refuses is told as its word, and not as a mistake of ours', () => {
  expect(python(`
import server
open(ROOT + "/file", "w").close()
server.answer(json.dumps({"id": 7, "verb": "claim", "root": ROOT + "/file/below", "holder": "d1", "deployment": "d1", "by": "tester"}).encode())`)).toMatch(/^\{"id": 7, "refused": \{"code": "host", "message": "the host says: \[Errno 20\] Not a directory: [^\n]*\}\}$/);
});

test('fault places that are off leave no trace, and where their folder is gone the helper goes on', () => {
  expect(python(`
import failpoint
os.makedirs(ROOT + "/armed")
failpoint.FOLDER = ROOT
failpoint.reach("here")
print(os.listdir(ROOT))
failpoint.FOLDER = ROOT + "/gone"
failpoint._strike("here")`)).toBe("['armed']");
});

test('an answer that the line takes in pieces arrives whole', () => {
  expect(python(`
import server
whole = os.write
server.os.write = lambda fd, data: whole(fd, data[:3])
server.send({"id": 1, "ok": "a long answer"})`)).toBe('{"id": 1, "ok": "a long answer"}');
});

test('a reading that is over leaves nothing behind: no descriptor of its secrets, nothing to wait for', () => {
  expect(python(`
open_before = os.listdir("/proc/self/fd")
print(reading.read('echo "$WORD"; echo why >&2', 30, {"WORD": "secret"}), reading._ends, len(os.listdir("/proc/self/fd")) - len(open_before))`)).toBe("{'stdout': 'secret\\n', 'stderr': 'why\\n', 'code': 0, 'cut': False} {} 0");
});

test('a reading that has closed its output and goes on is waited for: its exit code is the end', () => {
  expect(python(`print(reading.read("echo said; exec >&- 2>&-; sleep 0.5; exit 3", 30))`)).toBe("{'stdout': 'said\\n', 'stderr': '', 'code': 3, 'cut': False}");
});

test('a group of which nobody is left cannot be told anything', () => {
  expect(python(`
p = subprocess.Popen(["true"], start_new_session=True)
p.wait()
print(reading._signal(p, 0))`)).toBe('False');
});

test('where there is no git, or the mirror has no such commit, nobody can tell whether files are as committed; of very many that are not, some are named', () => {
  expect(python(`print(standing.code(ROOT, ROOT, "a" * 40, []))`)).toBe('None');
  expect(python(`os.environ["PATH"] = ROOT\nprint(standing.code(ROOT, ROOT, "a" * 40, []))`)).toBe('None');
  expect(python(`
def git(*words): return subprocess.run(["git", "-C", ROOT, "-c", "user.name=a", "-c", "user.email=a@b"] + list(words), check=True, stdout=subprocess.PIPE).stdout.decode().strip()
git("init", "-q")
for name in "abc": open(os.path.join(ROOT, name), "w").close()
git("add", ".")
git("commit", "-qm", "three")
os.makedirs(ROOT + "/elsewhere/a")
standing.MOST = 2
print(standing.code(ROOT + "/elsewhere", ROOT + "/.git", git("rev-parse", "HEAD"), []))`)).toBe("{'a': 'other -', 'b': 'missing -'}");
});

test('a REVISION that somebody else wrote, as text or a list, is none of ours', () => {
  expect(python(`
open(os.path.join(ROOT, "REVISION"), "w").write('["v1"]')
spec = {"app": ROOT, "root": ROOT, "shared": [], "nginx": {"available_dir": ROOT, "enabled_dir": ROOT, "site": "shop", "disable_sites": []}}
print(standing.at(spec, [], None)["revision"])`)).toBe('None');
});
