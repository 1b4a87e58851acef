/** The one place that reads what a person wrote for a release. */
import { resolve } from 'node:path';
import { ConfigError } from './errors';
import { inFileOrder } from './parse';
import { check } from './problems';
import type { ReleaseNotes } from './release-notes';
import { releaseNotesSchema } from './schema/release-notes';
import { readYaml } from './yaml-file';

/** Reads and checks the file. @throws ConfigError with all mistakes, UserError when it cannot be read */
export function loadReleaseNotes(path: string): ReleaseNotes {
  const file = resolve(path);
  const { document, lineOf } = readYaml(file, `no release notes at ${file}: name the file with --notes FILE, or leave it out`);
  const result = check(releaseNotesSchema, document);
  if ('mistakes' in result) throw new ConfigError(file, inFileOrder(result.mistakes, lineOf));
  return result.value;
}
