import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { currentConfig } from '../../src/config/current';
import { ConfigError } from '../../src/config/errors';
import { UserError } from '../../src/config/user-error';
import { fullDocument, put } from './document';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sternway-config-'));
  file = join(directory, 'sternway.yml');
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function write(releases: number): void {
  const document = fullDocument();
  put(document, ['environments', 'production', 'overrides'], { retention: { releases } });
  writeFileSync(file, stringify(document));
  utimesSync(file, 1, 1); // an edit in the same moment, by an editor that keeps the size
}

test('an edit counts at the next call, even one that leaves size and time of the file as they were', () => {
  write(3);
  const current = currentConfig(file);
  expect(current().environments['production']?.retention.releases).toBe(3);
  expect(current()).toBe(current());
  write(7);
  expect(current().environments['production']?.retention.releases).toBe(7);
});

test('a file that became wrong or went away is refused, also after it was good', () => {
  write(3);
  const current = currentConfig(file);
  current();
  writeFileSync(file, 'app: [');
  expect(current).toThrow(ConfigError);
  expect(current).toThrow(ConfigError);
  rmSync(file);
  expect(current).toThrow(UserError);
  write(3);
  expect(current().environments['production']?.retention.releases).toBe(3);
});
