/** What is broken line by line, and the tests that must notice: quick ones first, the others only when those are green. */
export const TARGETS = [
  {
    name: 'saga',
    folder: 'src/workflows',
    files: ['saga.ts', 'control.ts', 'run.ts', 'execute.ts', 'segments.ts', 'questions.ts', 'outcome.ts', 'deploy.ts', 'rollback.ts', 'task-input.ts', 'sentences.ts', 'activities.ts'],
    // What tells people, bakes, waits at gates and drills has workflows of its own, which are not broken here.
    tests: [
      // Quick, and red for nearly every other order of commands: recorded runs could not go on.
      ['test/replay', 'test/workflows/sentences.test.ts'],
      ['test/workflows/failing-steps.test.ts'],
      ['test/workflows/turning-back.test.ts'],
      ['test/workflows/blocked.test.ts', 'test/workflows/rollback.test.ts', 'test/workflows/schema.test.ts', 'test/workflows/workers.test.ts', 'test/workflows/starting.test.ts', 'test/workflows/malformed.test.ts', 'test/workflows/shown.test.ts'],
      ['test/workflows/gates.test.ts', 'test/workflows/telling.test.ts', 'test/workflows/watching.test.ts', 'test/workflows/size.test.ts'],
    ],
  },
  {
    name: 'helper',
    folder: 'src/hosts/helper',
    files: ['request.py', 'tasks.py', 'record.py', 'fence.py', 'runner.py', 'script.py', 'watch.py', 'output.py', 'machine.py', 'disk.py'],
    // The first need no host, and take a second.
    tests: [
      ['test/hosts/ledger-sync.test.ts', 'test/hosts/helper-alone.test.ts'],
      ['test/hosts/ledger.test.ts'],
      ['test/hosts/ledger-guards.test.ts', 'test/hosts/points.test.ts'],
      ['test/hosts/ledger-search.test.ts', 'test/hosts/break-glass.test.ts', 'test/hosts/ssh.test.ts'],
    ],
  },
  {
    name: 'break-glass',
    folder: 'src/hosts/helper',
    files: ['wayback.py', 'breakglass.py', 'unfinished.py'],
    tests: [['test/hosts/break-glass.test.ts'], ['test/facts/standing.test.ts', 'test/activities/claims.test.ts']],
  },
  {
    name: 'channel',
    folder: 'src/hosts/helper',
    files: ['__main__.py', 'server.py', 'reading.py', 'standing.py', 'failpoint.py'],
    tests: [
      ['test/hosts/ledger-sync.test.ts', 'test/hosts/helper-alone.test.ts', 'test/hosts/channel-alone.test.ts'],
      ['test/hosts/points.test.ts', 'test/hosts/ledger-guards.test.ts', 'test/facts/standing.test.ts', 'test/faults/failpoints.test.ts'],
      ['test/hosts/ssh.test.ts', 'test/hosts/ledger.test.ts', 'test/hosts/break-glass.test.ts', 'test/hosts/idle.test.ts', 'test/hosts/probe.test.ts', 'test/facts/facts.test.ts'],
    ],
  },
];
