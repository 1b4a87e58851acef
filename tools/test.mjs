// npm test [-- vitest's arguments], npm run test:stack-b [-- vitest's arguments]: prepares what the tests of that part need,
// builds, runs them, and ends with `N passed, N failed`. What happened stays in test-results/, a file for each part.
import { readFileSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { spawnSync } from 'node:child_process';
import { firstStack, prepare, PrepareError, secondStack } from './prepare.mjs';

const root = resolve(import.meta.dirname, '..');

const parts = {
  'stack-a': { script: 'npm test', needs: firstStack, config: 'vitest.config.mts', report: 'vitest.json' },
  'stack-b': { script: 'npm run test:stack-b', needs: secondStack, config: 'vitest.stack-b.config.mts', report: 'vitest-stack-b.json' },
};
const part = process.argv[2] === '--part=stack-b' ? parts['stack-b'] : parts['stack-a'];
const report = join(root, 'test-results', part.report);

function run(command, args) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, NODE_OPTIONS: '' } }).status ?? 1;
}

async function main() {
  const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--part='));
  await prepare(part.needs);
  if (run('npm', ['run', '--silent', 'build']) !== 0) return fail('the sources do not compile (see above)');
  rmSync(report, { force: true });
  const code = run(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', join(root, part.config), '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...only]);
  let results;
  try {
    results = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return fail('the tests ended without a report');
  }
  // A file that could not even be loaded counts as a failure too: it has no tests to fail.
  const broken = results.testResults.filter((file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'));
  const failed = results.numFailedTests + broken.length;
  for (const file of results.testResults) tellFailures(file);
  const skipped = results.numPendingTests + results.numTodoTests;
  if (skipped > 0) console.log(`${skipped} skipped`);
  console.log(`${results.numPassedTests} passed, ${failed} failed`);
  process.exitCode = code !== 0 || failed > 0 || results.numPassedTests === 0 ? 1 : 0;
}

/** Once more and briefly, at the end: a log is often read from its tail only. */
function tellFailures({ name, message, assertionResults }) {
  const tests = assertionResults.filter((test) => test.status === 'failed').map((test) => [test.fullName, test.failureMessages[0]]);
  const broken = tests.length === 0 && message ? [['(the file itself)', message]] : [];
  for (const [title, text] of [...tests, ...broken]) {
    console.log(`\nFAILED ${relative(root, name)}: ${title}\n${briefly(text ?? '')}`);
  }
}

function briefly(text) {
  return text.split('\n').filter((line) => !line.includes('node_modules')).slice(0, 12).map((line) => `  ${line.slice(0, 240)}`).join('\n');
}

function fail(sentence) {
  console.error(`${part.script}: ${sentence}`);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}

main().catch((error) => {
  if (!(error instanceof PrepareError)) console.error(error);
  fail(error.message);
});
