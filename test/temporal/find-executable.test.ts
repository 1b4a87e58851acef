import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UserError } from '../../src/config/user-error';
import { findTemporal, requireTemporal } from '../../src/temporal/find-executable';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'find-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function program(file: string, version: string): string {
  const full = path.join(directory, file);
  mkdirSync(path.dirname(full), { recursive: true });
  writeFileSync(full, `#!/bin/sh\necho 'temporal version ${version} (Server 1.32.0, UI 2.54.1)'\n`);
  chmodSync(full, 0o755);
  return full;
}

const env = (more: NodeJS.ProcessEnv = {}) => ({ PATH: `/nowhere:${directory}/bin`, STERNWAY_CACHE: path.join(directory, 'cache'), ...more });

test('looks for the Temporal CLI in the setting, then on PATH, then in the cache', () => {
  expect(findTemporal(env())).toBeUndefined();
  program('cache/temporal-1.9.1/temporal', '1.9.1');
  const newest = program('cache/temporal-1.10.0/temporal', '1.10.0');
  program('cache/temporal-1.10.1.part/temporal', '1.10.1');
  expect(findTemporal(env())).toBe(newest);
  const onPath = program('bin/temporal', '1.5.0');
  expect(findTemporal(env())).toBe(onPath);
  const set = program('mine/some-name', '1.0.0');
  expect(findTemporal(env({ STERNWAY_TEMPORAL_BIN: set }))).toBe(set);
});

test('passes over a Temporal CLI on PATH that is too old for its development server to be asked what we ask', () => {
  program('bin/temporal', '1.3.2');
  expect(findTemporal(env())).toBeUndefined();
  const cached = program('cache/temporal-1.9.1/temporal', '1.9.1');
  expect(findTemporal(env())).toBe(cached);
});

test('a setting that names no program is a mistake, not a reason to take another', () => {
  program('bin/temporal', '1.9.1');
  const file = path.join(directory, 'text');
  writeFileSync(file, 'no program');
  for (const set of [file, directory, '/nowhere/temporal']) {
    const error = captured(() => findTemporal(env({ STERNWAY_TEMPORAL_BIN: set })));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toBe(`STERNWAY_TEMPORAL_BIN names ${set}, which is not a program: set it to the temporal CLI, or unset it.`);
  }
});

test('says where it looked and what to do when there is none', () => {
  const error = captured(() => requireTemporal(env()));
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toBe(
    `There is no Temporal CLI (1.4 or later) on PATH or in ${directory}/cache: run \`node tools/prepare.mjs temporal\`, ` +
      'install it (https://temporal.io/setup/install-temporal-cli), or set STERNWAY_TEMPORAL_BIN to it.',
  );
});

function captured(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
