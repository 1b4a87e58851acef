// npm run faults -- --exhaustive | --compose | --break-glass | --terminate | --random N --seed S | --kills N --seed S [--only ID ...] [--lanes N]: faults at every step of a deployment, the host
// read anew after each. Results: faults/results/, docs/faults.md.
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { repo } from './lib/paths.mjs';
import { runTool } from './lib/tool.mjs';
import { load } from './lib/typescript.mjs';
import { prepare } from './prepare.mjs';

const usage = `Usage: npm run faults -- --exhaustive | --compose | --break-glass | --terminate | --random N [--seed S] | --kills N [--seed S]  [--only ID]... [--lanes N] [--no-build]
  --exhaustive   every step, forward and back, before, during and after it, with every kind of fault
  --compose      every step under the other strategy, a fault or two each, every kind in its turn
  --break-glass  every step, with Sternway gone for good there: the host is taken back by its break-glass.sh
  --terminate    every step, forward and back, with its run terminated there: the next deployment and rollback find what it left
  --random N     N cases drawn with seed S (default 1), several faults each
  --kills N      likewise, of cancels and kills only
  --only ID      only the case of this id, or those whose ids begin with it; results are shown and not kept
  --lanes N      hosts side by side (default 2)
  --no-build     dist/ is up to date: a campaign that goes on while the sources are being changed
Finished cases are skipped while src/ stays as it is: run it again to go on.`;

const number = { type: 'string' };

/** { what, only, lanes, build }, as test/faults/campaign.ts takes them. @throws Error for a mistake */
function wanted() {
  const { values } = parseArgs({ options: { exhaustive: { type: 'boolean' }, compose: { type: 'boolean' }, 'break-glass': { type: 'boolean' }, terminate: { type: 'boolean' }, random: number, kills: number, seed: { ...number, default: '1' }, only: { type: 'string', multiple: true }, lanes: { ...number, default: '2' }, 'no-build': { type: 'boolean' } } });
  for (const name of ['random', 'kills', 'seed', 'lanes']) if (values[name] !== undefined && !/^\d{1,9}$/.test(values[name])) throw new Error(`--${name} must be a whole number, not ${JSON.stringify(values[name])}.`);
  const asked = ['exhaustive', 'compose', 'break-glass', 'terminate', 'random', 'kills'].filter((name) => values[name] !== undefined);
  // The id of a case says which campaign it is of: --only random/7/12 is enough.
  const what = values.only && asked.length === 0 ? campaignOf(values.only[0]) : asked.length === 1 ? campaignAsked(asked[0], values) : undefined;
  if (!what) throw new Error('Say one of --exhaustive, --compose, --break-glass, --terminate, --random N, --kills N, or --only ID.');
  return { what, only: values.only, lanes: values.only ? 1 : Number(values.lanes), build: !values['no-build'] };
}

const campaignAsked = (name, values) => (values[name] === true ? name : { draw: name, count: Number(values[name]), seed: Number(values.seed) });

function campaignOf(id) {
  const [, draw, seed, n] = /^(random|kills)\/(\d+)\/(\d+)$/.exec(id) ?? [];
  return draw ? { draw, count: Number(n) + 1, seed: Number(seed) } : ['break-glass', 'terminate', 'long', 'compose'].find((name) => id.startsWith(`${name}/`)) ?? 'exhaustive';
}

async function main(asked) {
  await prepare(['node_modules', 'tools', 'temporal', 'host-base', ...(asked.what === 'compose' ? ['host-stack-b', 'wheels-notes'] : [])]);
  if (asked.build && spawnSync('npm', ['run', '--silent', 'build'], { cwd: repo, stdio: 'inherit' }).status !== 0) return 1;
  const { campaign, RESULTS } = load('test/faults/campaign.ts');
  const name = typeof asked.what === 'string' ? asked.what : `${asked.what.draw}-${asked.what.seed}`;
  const { what, only, lanes } = asked;
  const done = await campaign({ what, ...(only ? { only } : { results: join(RESULTS, name) }), lanes, say: (line) => console.log(line) });
  if (!only) load('test/faults/report.ts').writeReport(RESULTS);
  const broken = done.filter(({ violations }) => violations.length > 0);
  console.log(`${done.length} cases, ${broken.length} violated`);
  for (const { id } of broken) console.log(`npm run faults -- --only ${id}`);
  return broken.length > 0 ? 1 : 0;
}

await runTool({ usage, wanted, main });
