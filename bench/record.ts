import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');

/** What a figure depends on beside the code. */
export interface Circumstances {
  readonly command: string;
  readonly at: string;
  /** With `+` when files differed from it. */
  readonly commit: string;
  readonly node: string;
  readonly kernel: string;
  readonly cores: number;
  readonly processor: string;
  readonly memoryGb: number;
  /** Load average over 1, 5 and 15 minutes when it began: more than the cores means that other work slowed this down. */
  readonly load: readonly number[];
}

export function circumstances(command: string): Circumstances {
  const git = (...args: string[]) => execFileSync('git', ['-C', ROOT, ...args], { encoding: 'utf8' }).trim();
  return {
    command,
    at: new Date().toISOString(),
    commit: git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain', '--', 'src', 'bench', 'testbed', 'tools', 'examples', ':!bench/results') === '' ? '' : '+'),
    node: process.version,
    kernel: release(),
    cores: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    load: loadavg().map((value) => Math.round(value * 100) / 100),
  };
}

/** Writes results, raw samples included, to `bench/results/<name>.json`; returns that path. Fractions are cut to what a clock can tell. */
export function writeResults(name: string, results: object): string {
  const path = join(ROOT, 'bench', 'results', `${name}.json`);
  mkdirSync(join(ROOT, 'bench', 'results'), { recursive: true });
  const text = JSON.stringify(results, (_, value: unknown) => (typeof value === 'number' ? Math.round(value * 1000) / 1000 : value), 1);
  // Samples of one row on one line: readable, and a small difference in git.
  writeFileSync(path, `${text.replace(/\[\s+(-?[\d.]+(?:,\s+-?[\d.]+)*)\s+\]/g, (_, row: string) => `[${row.replace(/\s+/g, ' ')}]`)}\n`);
  return relative(ROOT, path);
}
