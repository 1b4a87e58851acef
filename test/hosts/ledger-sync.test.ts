import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const traceable = spawnSync('strace', ['-V']).status === 0;

test.skipIf(!traceable)('records are synced before they are relied on: claim, start and end reach the disk, and the program begins only after its record did', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  const root = join(folder, 'state');
  const script = 'echo ran\n';
  const requests = [
    { verb: 'claim', root, holder: 'd1', deployment: 'd1', by: 'tester' },
    { verb: 'start', root, holder: 'd1', epoch: 1, deployment: 'd1', step: '01-a', script, sha256: createHash('sha256').update(script).digest('hex'), limit: 10 },
  ];
  // Each request waits for the last one's answer; the helper goes when its input ends.
  const drive = `import json, subprocess, sys
helper = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
helper.stdin.write(b'{"nonce":"mine","idle":240}\\n')
for number, request in enumerate(json.loads(sys.argv[1])):
    helper.stdin.write((json.dumps(dict(request, id=number)) + "\\n").encode()); helper.stdin.flush()
    while True:
        line = helper.stdout.readline()
        assert line, "the helper has ended"
        mark, _, text = line.strip().partition(b" ")
        answer = json.loads(text) if mark == b"mine" else {}
        if answer.get("id") == number and "event" not in answer: break
    assert "ok" in answer, answer
helper.stdin.close(); helper.wait()`;
  const trace = join(folder, 'trace');
  const helper = join(__dirname, '..', '..', 'src', 'hosts', 'helper');
  execFileSync('python3', ['-c', drive, JSON.stringify(requests), 'strace', '-f', '-y', '-s', '2000', '-e', 'trace=fsync,rename,write,execve', '-o', trace, 'python3', '-I', '-B', helper, 'serve'], {
    env: { ...process.env, STERNWAY_SCOPE: 'asked' },
    // While it waits no time limit of the test's counts.
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  const lines = readFileSync(trace, 'utf8').split('\n');
  const at = (pattern: RegExp, after = -1): number => {
    const found = lines.findIndex((line, index) => index > after && pattern.test(line));
    expect(found, `${String(pattern)} after line ${after}`).toBeGreaterThan(after);
    return found;
  };
  const record = '/d1/tasks/01-a/forward';
  let now = at(/fsync\(\d+<.*claim\.json\.tmp/);
  now = at(/rename\(".*claim\.json\.tmp[^"]*", ".*claim\.json"/, now);
  now = at(/fsync\(\d+<[^>]*\/state>/, now);
  now = at(/write\(1<.*\\"claim\\"/, now);
  // Every new folder's entry in the one above it.
  for (const folder of ['/state', '/state/d1', '/state/d1/tasks']) now = at(new RegExp(`fsync\\(\\d+<[^>]*${folder}>`), now);
  now = at(new RegExp(`fsync\\(\\d+<.*${record}/exit\\.json`), now);
  now = at(new RegExp(`fsync\\(\\d+<.*${record}/started\\.json\\.tmp`), now);
  now = at(/rename\(".*started\.json\.tmp/, now);
  now = at(new RegExp(`fsync\\(\\d+<[^>]*${record}>`), now);
  // Its folder's own entry, too: somebody may have been killed between making it and syncing that.
  now = at(/fsync\(\d+<[^>]*\/d1\/tasks\/01-a>/, now);
  now = at(/execve\("\/bin\/sh", \["sh", "\/dev\/fd\/9"\]/, now);
  now = at(new RegExp(`write\\(\\d+<.*${record}/exit\\.json>, "\\{`), now);
  now = at(new RegExp(`fsync\\(\\d+<.*${record}/exit\\.json`), now);
  at(/write\(1<.*\\"state\\": \\"ended\\"/, now);
  rmSync(folder, { recursive: true });
}, 240_000);

test('a supervisor whose helper goes in the moment of its report lives on, and so says how its task ended [F23]', () => {
  const helper = join(__dirname, '..', '..', 'src', 'hosts', 'helper');
  const drive = 'import os, sys; sys.path.insert(0, sys.argv[1]); import runner; r, w = os.pipe(); os.close(r); runner._tell(w, {}); print("alive")';
  expect(execFileSync('python3', ['-B', '-c', drive, helper], { encoding: 'utf8' })).toBe('alive\n');
});
