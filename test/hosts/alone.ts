// The helper's modules without a host.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

/** Where the helper's modules are. */
export const HELPER = resolve(__dirname, '../../src/hosts/helper');

/** What a Python program prints, with the helper's modules at hand and a folder of its own as ROOT. */
export function python(program: string): string {
  const root = mkdtempSync(join(tmpdir(), 'ledger-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const preface = `import hashlib, json, os, subprocess, sys, time\nsys.path.insert(0, ${JSON.stringify(HELPER)})\nROOT = ${JSON.stringify(root)}\nimport disk, fence, machine, output, reading, record, runner, script, standing, tasks, watch\n`;
  return execFileSync('python3', ['-B', '-c', preface + program], { encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL' }).trim();
}
