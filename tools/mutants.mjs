// npm run mutants [-- --only FILE] [--lanes N]: takes every single line out of the saga and the host's helper, one at a time in a scratch copy, and
// looks whether a test turns red. Results: faults/mutants.jsonl; what no test noticed and why that is right: faults/survivors.json; docs/mutants.md.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { repo } from './lib/paths.mjs';
import { runTool } from './lib/tool.mjs';
import { compiler } from './mutants/compiles.mjs';
import { insistOnGreen } from './mutants/insist-on-green.mjs';
import { mutantsOf } from './mutants/lines.mjs';
import { namedMutants } from './mutants/named.mjs';
import { argued, writePage } from './mutants/page.mjs';
import { TARGETS } from './mutants/targets.mjs';
import { tryOne } from './mutants/try-one.mjs';
import { prepare } from './prepare.mjs';
import { scratchCopy } from './rows/scratch.mjs';

const usage = `Usage: npm run mutants [-- [--only NAME]... [--lanes N] [--again] [--page]]
  --only NAME    only the lines of this file (saga.ts, tasks.py), or of all of named, saga, helper, break-glass, channel
  --lanes N      copies side by side (default 2)
  --again        also the lines that nobody noticed the last time and nobody has argued
  --page         write docs/mutants.md from the results there are, and try nothing
Lines that were tried are skipped while their file stays as it is: run it again to go on.`;
const RESULTS = join(repo, 'faults/mutants.jsonl');
const LIMIT_SECONDS = 150;
/** After so many lines a lane looks again whether its tests are green with nothing taken out. */
const EVERY = 100;

function wanted() {
  const { values } = parseArgs({ options: { only: { type: 'string', multiple: true }, lanes: { type: 'string', default: '2' }, page: { type: 'boolean' }, again: { type: 'boolean' } } });
  if (!/^[1-9]\d?$/.test(values.lanes)) throw new Error(`--lanes must be a whole number above 0, not ${JSON.stringify(values.lanes)}.`);
  const names = ['named', ...TARGETS.flatMap(({ name, files }) => [name, ...files])];
  for (const name of values.only ?? []) if (!names.includes(name)) throw new Error(`--only knows no ${name}: it is one of ${names.join(', ')}.`);
  return { only: values.only, lanes: Number(values.lanes), page: values.page === true, again: values.again === true };
}

/** Lines that stand together fail together: in an order that has nothing to do with theirs, half a campaign is a sample of the whole. */
const shuffled = (mutants) => mutants.map((one) => [createHash('sha256').update(`${one.file}:${one.line}`).digest('hex'), one]).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);

/** All mutants as they are now: { target, file, line, text, how, source, tests, code }; `code` is the file's checksum. */
function all(only) {
  const lines = TARGETS.flatMap(({ name, folder, files, tests }) => files.flatMap((file) => mutantsOf(join(repo, folder, file)).map((mutant) => ({ target: name, file: `${folder}/${file}`, tests, ...mutant }))));
  const wants = ({ target, file }) => only === undefined || only.includes(target) || only.includes(basename(file));
  const code = (file) => createHash('sha256').update(readFileSync(join(repo, file))).digest('hex').slice(0, 12);
  return [...lines, ...namedMutants(repo)].filter(wants).map((mutant) => ({ ...mutant, code: code(mutant.file) }));
}

/** Results of files as they are now, by file and line. */
function known(mutants) {
  const lines = existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)) : [];
  const codes = new Map(mutants.map(({ file, code }) => [file, code]));
  return new Map(lines.filter(({ file, code }) => codes.get(file) === code).map((done) => [`${done.file}:${done.line}`, done]));
}

async function main(asked) {
  await prepare(['node_modules', 'tools', 'temporal']);
  const done = known(all());
  const why = argued(repo);
  const settled = (one) => {
    const before = done.get(`${one.file}:${one.line}`);
    return before !== undefined && !(asked.again && before.outcome === 'survived' && why(one) === undefined);
  };
  if (!asked.page) await campaign(shuffled(all(asked.only)).filter((one) => !settled(one)), asked.lanes, done);
  return writePage(repo, all(), done);
}

async function campaign(queue, lanes, done) {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort(new Error('stopped; run it again to go on')));
  const total = queue.length;
  const waiting = [...queue];
  let green;
  const compiles = waiting.some(({ file }) => file.endsWith('.ts')) ? compiler(repo) : undefined;
  const lane = async () => {
    const copy = scratchCopy(repo);
    const check = (mutants) => insistOnGreen(copy.folder, mutants, { limit: LIMIT_SECONDS, signal: stop.signal });
    try {
      // The copies are alike: one is enough to begin with.
      await (green ??= check(waiting));
      for (let one = queue.shift(), tried = 1; one; one = queue.shift(), tried += 1) {
        const begun = Date.now();
        const result = await tryOne(copy.folder, one, { limit: LIMIT_SECONDS, signal: stop.signal, compiles });
        const { target, file, line, text, how, code } = one;
        const row = { target, file, line, text, how, ...result, seconds: Math.round((Date.now() - begun) / 100) / 10, code };
        done.set(`${file}:${line}`, row);
        appendFileSync(RESULTS, `${JSON.stringify(row)}\n`);
        if (tried % EVERY === 0) await check([one]);
        console.log(`${total - queue.length} of ${total}  ${result.outcome.padEnd(8)} ${row.seconds.toFixed(1).padStart(5)} s  ${file}:${line} ${how}: ${text.slice(0, 90)}`);
      }
    } finally {
      copy.remove();
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

await runTool({ usage, wanted, main });
