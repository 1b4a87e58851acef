import type { HelperFiles } from '../../src/hosts/helper-files';

/** Safeguards of the helper, each with how to take it out: [file, what stands there, what to put instead]. A test must turn red for every one. */
export const MUTANTS: Readonly<Record<string, readonly [string, string, string]>> = {
  'no-fence': ['runner.py', 'fence.check(task["holder"], task["epoch"], begin=True)', 'pass'],
  'no-drain': ['fence.py', 'if begin and not now["drained"]:', 'if False:'],
  'no-never': ['tasks.py', 'self._checked(req, lambda: write_json(record.run("never"), {"at": stamp(), "holder": req["holder"]}))', 'return now'],
  'judge-without-lock': ['watch.py', 'fd = record.lock(exclusive=False, wait=False)\n        if fd is not None:\n            try:', 'fd = os.open("/dev/null", os.O_RDONLY)\n        if fd is not None:\n            try:'],
  'no-adoption': ['tasks.py', 'if now["state"] == "absent":\n                    runner.launch(self.fence, record.run("forward")', 'if not launched:\n                    runner.launch(self.fence, record.run("forward")'],
  'orphans-are-gone': ['record.py', 'if machine.members(started):', 'if False:'],
  'no-settle': ['tasks.py', '        self.settle(req, heard)\n', ''],
  'signals-are-exits': ['record.py', 'if end["code"] is None or 129 <= end["code"] <= 159 or end["cancelled"]:', 'if end["cancelled"]:'],
  'settle-stops-undos': ['tasks.py', 'if now and now["run"] == "forward" and req["mode"] == "stop":\n                    self._kill(record, "forward", req)', 'if now and req["mode"] == "stop":\n                    self._kill(record, now["run"], req)'],
  'daemons-stay': ['runner.py', '    machine.kill_all(started, 0)\n    machine.drop_cgroup', '    machine.drop_cgroup'],
  'no-checksum': ['request.py', 'or hashlib.sha256(req["script"].encode()).hexdigest() != req.get("sha256")', ''],
  'no-reserve': ['runner.py', '        _reserve_exit(path)\n', '        open(os.path.join(path, "exit.json"), "w").close()\n'],
  'limit-by-nobody': ['runner.py', 'if left <= 0 and not timed_out:', 'if False:'],
  'secrets-exported': ['script.py', "'eval \"$(cat <&3)\"", "'set -a; eval \"$(cat <&3)\""],
};

/** The helper, with the safeguard taken out that LEDGER_MUTANT names. @throws Error when it no longer stands there */
export function mutated(helper: HelperFiles, name = process.env['LEDGER_MUTANT']): HelperFiles {
  if (name === undefined) return helper;
  const [file, from, to] = MUTANTS[name] ?? ['', '', ''];
  const text = helper.files[file];
  if (text?.split(from).length !== 2) throw new Error(`the mutant ${name} does not fit ${file} any more`);
  return { checksum: `mutant-${name}`, files: { ...helper.files, [file]: text.replace(from, () => to) } };
}
