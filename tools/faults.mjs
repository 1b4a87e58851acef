// npm run faults -- --exhaustive | --random N --seed S [--only ID ...] [--lanes N]: faults at every step of a deployment, the host
// read anew after each. Results: faults/results/, docs/faults.md.
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { repo } from './lib/paths.mjs';
import { load } from './lib/typescript.mjs';
import { prepare, PrepareError } from './prepare.mjs';

const usage = `Usage: npm run faults -- --exhaustive | --random N [--seed S]  [--only ID]... [--lanes N] [--no-build]
  --exhaustive   every step, forward and back, before, during and after it, with every kind of fault
  --random N     N cases drawn with seed S (default 1), several faults each
  --only ID      only the case of this id, or those whose ids begin with it; results are shown and not kept
  --lanes N      hosts side by side (default 2)
  --no-build     dist/ is up to date: a campaign that goes on while the sources are being changed
Finished cases are skipped while src/ stays as it is: run it again to go on.`;

function wanted() {
  const { values } = parseArgs({
    options: { exhaustive: { type: 'boolean' }, random: { type: 'string' }, seed: { type: 'string', default: '1' }, only: { type: 'string', multiple: true }, lanes: { type: 'string', default: '2' }, 'no-build': { type: 'boolean' } },
  });
  for (const name of ['random', 'seed', 'lanes']) if (values[name] !== undefined && !/^\d{1,9}$/.test(values[name])) throw new Error(`--${name} must be a whole number, not ${JSON.stringify(values[name])}.`);
  // The id of a drawn case says which draw: --only random/7/12 is enough.
  const drawn = values.only?.map((id) => /^random\/(\d+)\/(\d+)$/.exec(id)).find(Boolean);
  if (!drawn && values.only === undefined && Boolean(values.exhaustive) === (values.random !== undefined)) throw new Error('Say either --exhaustive or --random N.');
  const random = drawn ? { random: Number(drawn[2]) + 1, seed: Number(drawn[1]) } : { random: Number(values.random), seed: Number(values.seed) };
  return { what: drawn || values.random !== undefined ? random : 'exhaustive', only: values.only, lanes: values.only ? 1 : Number(values.lanes), build: !values['no-build'] };
}

async function main() {
  let asked;
  try {
    asked = wanted();
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    return 2;
  }
  await prepare(['node_modules', 'tools', 'temporal', 'host-base']);
  if (asked.build && spawnSync('npm', ['run', '--silent', 'build'], { cwd: repo, stdio: 'inherit' }).status !== 0) return 1;
  const { campaign, RESULTS } = load('test/faults/campaign.ts');
  const name = asked.what === 'exhaustive' ? 'exhaustive' : `random-${asked.what.seed}`;
  const { what, only, lanes } = asked;
  const done = await campaign({ what, ...(only ? { only } : { results: join(RESULTS, name) }), lanes, say: (line) => console.log(line) });
  if (!only) load('test/faults/report.ts').writeReport(RESULTS);
  const broken = done.filter(({ violations }) => violations.length > 0);
  console.log(`${done.length} cases, ${broken.length} violated`);
  for (const { id } of broken) console.log(`npm run faults -- --only ${id}`);
  return broken.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof PrepareError ? error.message : error);
  process.exitCode = 1;
}
