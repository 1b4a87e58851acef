// The channel's end on a host, and what is read over it, without a host.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { HELPER, python } from './alone';

test('a channel that is closed before a word was said ends without one', () => {
  const { status, stdout, stderr } = spawnSync('python3', ['-I', '-B', HELPER, 'serve'], { input: '', encoding: 'utf8', env: { PATH: process.env.PATH, STERNWAY_SCOPE: 'none' }, timeout: 30_000 });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
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
