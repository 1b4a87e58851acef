/** What is broken line by line, and the tests that must notice: quick ones first, the others only when those are green. */
export const TARGETS = [
  {
    name: 'saga',
    folder: 'src/workflows',
    files: ['saga.ts', 'control.ts', 'run.ts', 'execute.ts', 'segments.ts', 'questions.ts', 'outcome.ts', 'deploy.ts', 'rollback.ts', 'task-input.ts', 'sentences.ts', 'activities.ts'],
    tests: [['test/workflows/turning-back.test.ts', 'test/workflows/failing-steps.test.ts', 'test/workflows/blocked.test.ts'], ['test/workflows', 'test/replay']],
  },
  {
    name: 'helper',
    folder: 'src/hosts/helper',
    files: ['__main__.py', 'server.py', 'request.py', 'tasks.py', 'record.py', 'fence.py', 'runner.py', 'script.py', 'watch.py', 'output.py', 'machine.py', 'disk.py', 'wayback.py', 'breakglass.py', 'unfinished.py'],
    // The first needs no host, and takes two seconds.
    tests: [['test/hosts/ledger-sync.test.ts'], ['test/hosts/idle.test.ts', 'test/hosts/ledger-guards.test.ts', 'test/hosts/ledger.test.ts', 'test/hosts/break-glass.test.ts'], ['test/hosts/ledger-search.test.ts']],
  },
];
