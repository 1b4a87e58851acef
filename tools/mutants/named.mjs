import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const HELPER = 'src/hosts/helper';
const LEDGER = ['test/hosts/ledger.test.ts'];
const GUARDS = ['test/hosts/ledger-guards.test.ts'];

/** Safeguards, each with how to take it out: [name, file, what stands there once, what to put instead, the tests that must notice]. */
const NAMED = [
  ['no-fence', `${HELPER}/runner.py`, 'fence.check(task["holder"], task["epoch"], begin=True)', 'pass', LEDGER],
  ['no-drain', `${HELPER}/fence.py`, 'if begin and not now["drained"]:', 'if False:', LEDGER],
  ['no-never', `${HELPER}/tasks.py`, 'self._checked(req, lambda: write_json(record.run("never"), {"at": stamp(), "holder": req["holder"]}))', 'return now', LEDGER],
  ['judge-without-lock', `${HELPER}/watch.py`, 'fd = record.lock(exclusive=False, wait=False)\n        if fd is not None:\n            try:', 'fd = os.open("/dev/null", os.O_RDONLY)\n        if fd is not None:\n            try:', LEDGER],
  ['no-adoption', `${HELPER}/tasks.py`, 'if now["state"] == "absent":\n                    runner.launch(self.fence, record.run("forward")', 'if not launched:\n                    runner.launch(self.fence, record.run("forward")', LEDGER],
  ['orphans-are-gone', `${HELPER}/record.py`, 'if machine.members(started):', 'if False:', LEDGER],
  ['no-settle', `${HELPER}/tasks.py`, '        self.settle(req, heard)\n', '', LEDGER],
  ['signals-are-exits', `${HELPER}/record.py`, 'if end["code"] is None or 129 <= end["code"] <= 159 or end["cancelled"]:', 'if end["cancelled"]:', LEDGER],
  ['settle-stops-undos', `${HELPER}/tasks.py`, 'if now and now["run"] == "forward" and req["mode"] == "stop":\n                    self._kill(record, "forward", req)', 'if now and req["mode"] == "stop":\n                    self._kill(record, now["run"], req)', LEDGER],
  ['daemons-stay', `${HELPER}/runner.py`, '    machine.kill_all(started, 0)\n    machine.drop_cgroup', '    machine.drop_cgroup', LEDGER],
  ['no-checksum', `${HELPER}/request.py`, 'or hashlib.sha256(req["script"].encode()).hexdigest() != req.get("sha256")', '', GUARDS],
  ['no-reserve', `${HELPER}/runner.py`, '        _reserve_exit(path)\n', '        open(os.path.join(path, "exit.json"), "w").close()\n', GUARDS],
  ['limit-by-nobody', `${HELPER}/runner.py`, 'if left <= 0 and not timed_out:', 'if False:', LEDGER],
  ['secrets-exported', `${HELPER}/script.py`, "'eval \"$(cat <&3)\"", "'set -a; eval \"$(cat <&3)\"", GUARDS],
  ['guards-ignored', 'src/commands/files.ts', '*) ${stop(`${path} was changed by hand since this deployment was planned`)} ;; esac', '*) ;; esac', ['test/commands/files.test.ts']],
  ['link-guard-ignored', 'src/commands/files.ts', '>&2; exit 90 ;;', '>&2 ;;', ['test/commands/files.test.ts']],
  ['reload-untested', 'src/commands/nginx.ts', "return ['if ! said=$(nginx -t -q 2>&1); then',", "return ['if false; then',", ['test/commands/nginx.test.ts']],
  ['nothing-put-back', 'src/commands/nginx.ts', '...otherwise.map((line) => `  ${line}`), ', '', ['test/commands/nginx.test.ts']],
];

/**
 * @param {string} root the repository
 * @returns {object[]} as the single lines are: `line` is its name
 * @throws {Error} when one does not fit its file any more
 */
export function namedMutants(root) {
  return NAMED.map(([name, file, find, replace, tests]) => {
    const parts = readFileSync(join(root, file), 'utf8').split(find);
    if (parts.length !== 2) throw new Error(`the mutant ${name} fits ${file} ${parts.length - 1} times, not once`);
    return { target: 'named', file, line: name, text: find.trim(), how: 'replaced', source: parts.join(replace), tests: [tests] };
  });
}
