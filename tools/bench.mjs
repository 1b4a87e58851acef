// npm run bench [-- steps | releases] [--rounds N] [--runs N]: how long things take. Results: docs/performance.md, bench/results/.
import { parseArgs } from 'node:util';
import { runTool } from './lib/tool.mjs';
import { load } from './lib/typescript.mjs';
import { prepare, PrepareError } from './prepare.mjs';

const usage = `Usage: npm run bench -- [steps | releases] [--rounds N] [--runs N]
  steps         20 trivial steps: Sternway beside ssh, N rounds each (default 10); exit code 1 over the budget of 150 ms a step
  releases      deployments and a rollback of the example app, N runs (default 3)
  without one of these: both`;

function wanted() {
  const { values, positionals } = parseArgs({ options: { rounds: { type: 'string', default: '10' }, runs: { type: 'string', default: '3' } }, allowPositionals: true });
  for (const name of ['rounds', 'runs']) if (!/^[1-9]\d{0,3}$/.test(values[name])) throw new PrepareError(`--${name} must be a whole number from 1 to 9999, not ${JSON.stringify(values[name])}.`);
  if (positionals.length > 1 || (positionals[0] && !['steps', 'releases'].includes(positionals[0]))) throw new PrepareError(`There is no benchmark ${JSON.stringify(positionals.join(' '))}: choose steps or releases.`);
  const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ');
  return { what: positionals[0], rounds: Number(values.rounds), runs: Number(values.runs), command };
}

async function main(options) {
  if (process.getuid() !== 0) throw new PrepareError('The test host needs root: run this with sudo.');
  await prepare(['node_modules', 'tools', 'temporal', 'host-base', ...(options.what === 'steps' ? [] : ['wheels'])]);
  return await load('bench/main.ts').main(options);
}

await runTool({ usage, wanted, main });
