import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import type { Plan } from '../../src/plan/plan';
import { composeCases, exhaustive, longCases, type Case } from './cases';
import { glassCases, runGlass } from './glass';
import { Lane } from './lane';
import { randomCases, type DRAWS } from './random';
import { runCase } from './run-case';
import { runTerminated, terminateCases } from './terminate';
import { summarize, type Done, type Summary } from './summary';
import { violations, type References } from './verdict';

const ROOT = resolve(__dirname, '../..');

export interface Asked {
  /** Every step; a sample of them under the other strategy; the long faults; every step with Sternway gone for good, or its run only; or so many cases drawn with this seed. */
  readonly what: 'exhaustive' | 'compose' | 'long' | 'break-glass' | 'terminate' | { readonly draw: keyof typeof DRAWS; readonly count: number; readonly seed: number };
  /** Ids, or beginnings of ids, of the only cases to run. */
  readonly only?: readonly string[];
  readonly lanes: number;
  /** Where results are kept, a line each, and found again; absent: nowhere. */
  readonly results?: string;
  readonly say: (line: string) => void;
}

/** Runs the cases over several hosts, skipping those that are done, and returns what all of them gave. */
export async function campaign({ what, only, lanes, results, say }: Asked): Promise<Done[]> {
  const code = codeNow();
  const file = results === undefined ? undefined : `${results}.jsonl`;
  const earlier = file === undefined ? [] : read(file).filter((done) => done.code === code);
  const done = only === undefined ? earlier : [];
  const known = new Set(done.map(({ id }) => id));
  const cases = { list: undefined as Case[] | undefined };
  let next = 0;

  const work = async (number: number): Promise<void> => {
    const strategy = what === 'compose' ? 'compose' : 'systemd';
    const raise = () => Lane.raise(`faults-${number}`, strategy, what === 'long');
    let lane = await raise();
    try {
      let references = await reference(lane);
      cases.list ??= chosen(what, await lane.plan(), only).filter(({ id }) => !known.has(id));
      for (let one = cases.list[next++]; one; one = cases.list[next++]) {
        const result = await tryCase(lane, one, references, code);
        done.push(result);
        if (results !== undefined) keep(results, result, summarize(done, { code, commit: git('rev-parse', '--short=12', 'HEAD'), planned: known.size + cases.list.length }));
        say(`${done.length} of ${known.size + cases.list.length}  ${result.violations.length > 0 ? 'VIOLATED' : 'holds'}  ${result.outcome}  ${result.seconds.toFixed(1)} s  ${one.id}`);
        for (const sentence of result.violations) say(`    ${sentence.slice(0, 400)}`);
        if (result.violations.length === 0) continue;
        // What went wrong may live on in this lane: the next case gets one of its own.
        await lane.remove();
        lane = await raise();
        references = await reference(lane);
      }
    } finally {
      await lane.remove();
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => work(number)));
  return done;
}

function chosen(what: Asked['what'], plan: Plan, only: Asked['only']): Case[] {
  const cases = what === 'exhaustive' ? exhaustive(plan) : what === 'compose' ? composeCases(plan) : what === 'long' ? longCases(plan) : what === 'break-glass' ? glassCases(plan) : what === 'terminate' ? terminateCases(plan) : randomCases(plan, what.count, what.seed, what.draw);
  if (only === undefined) return cases;
  const found = cases.filter(({ id }) => only.some((start) => id === start || id.startsWith(`${start}/`)));
  if (found.length === 0) throw new Error(`no case is called ${only.join(' or ')}; the first is ${cases[0]?.id ?? ''}`);
  return found;
}

async function tryCase(lane: Lane, one: Case, references: References, code: string): Promise<Done> {
  await lane.reset();
  const ran = await runnerOf(one)(lane, one);
  await lane.workers.complete();
  lane.ssh.forgetHoled();
  const found = await settled(lane);
  const broken = await violations(lane, one, ran, found, references);
  const { outcome, fired, held, recovery, seconds, sentence } = ran;
  return { id: one.id, code, outcome, sentence, fired, held, recovery, seconds, violations: broken, at: new Date().toISOString() };
}

/** What decides is the last fault: on the way back a signal comes before it. */
function runnerOf({ strikes }: Case): typeof runCase {
  const kind = strikes.at(-1)?.kind;
  return kind === 'break-glass' ? runGlass : kind === 'terminate' ? runTerminated : runCase;
}

/** Helpers of lines that have just ended notice, and give a reading up to 5 s to take away what it has opened. */
async function settled(lane: Lane) {
  for (const end = Date.now() + 8000; ; ) {
    const found = await lane.inspect();
    if (Date.now() > end || (found.serving.length <= lane.ssh.connections && found.processes.length === 0 && found.cgroups.length === 0)) return found;
  }
}

/** The host as it is raised, and as a deployment without a fault leaves it. */
async function reference(lane: Lane): Promise<References> {
  await lane.reset();
  const before = await lane.inspect();
  const ran = await runCase(lane, { id: 'reference', strikes: [], allowed: ['deployed'] });
  if (ran.outcome !== 'deployed') throw new Error(`without a fault the deployment ends as ${ran.outcome}: ${ran.sentence}`);
  return { before, deployed: await lane.inspect() };
}

function read(file: string): Done[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as Done) : [];
}

/** After each case, so that an interrupted campaign has told how far it came. */
function keep(results: string, result: Done, summary: Summary): void {
  mkdirSync(dirname(results), { recursive: true });
  appendFileSync(`${results}.jsonl`, `${JSON.stringify(result)}\n`);
  writeFileSync(`${results}.json`, `${JSON.stringify(summary, null, 1)}\n`);
}

const git = (...words: string[]): string => execFileSync('git', ['-C', ROOT, ...words], { encoding: 'utf8' }).trim();

/** The version of what is tried: results of another are not counted. */
export function codeNow(): string {
  const clean = git('status', '--porcelain', '--', 'src') === '';
  return `${git('rev-parse', '--short=12', 'HEAD:src')}${clean ? '' : '-dirty'}`;
}

export const RESULTS = join(ROOT, 'faults/results');
