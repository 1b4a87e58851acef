/** Secrets, read in the worker when a step needs them. */
import { readFileSync } from 'node:fs';
import type { Inventory } from './schema';
import { Sensitive } from './sensitive';
import { suggest } from './suggest';
import { UserError } from './user-error';

/** The secret of this name, wrapped. @throws UserError that names the secret and where it was looked for, never its value */
export function readSecret(inventory: Pick<Inventory, 'environment' | 'secrets'>, name: string): Sensitive {
  const source = Object.hasOwn(inventory.secrets, name) ? inventory.secrets[name] : undefined;
  if (source === undefined) {
    const meant = suggest(name, Object.keys(inventory.secrets));
    throw new UserError(`there is no secret ${name} for ${inventory.environment}: ${meant === undefined ? `add it to secrets in sternway.yml` : `did you mean ${meant}?`}`);
  }
  const value = source.file === undefined ? process.env[source.env ?? ''] : readSecretFile(name, source.file);
  if (value !== undefined && value !== '') return new Sensitive(value);
  const where = source.file === undefined ? `the environment variable ${source.env} is` : `the file ${source.file} is`;
  throw new UserError(`the secret ${name} has no value: ${where} ${value === undefined ? 'not set' : 'empty'} where the worker runs; set it and try again`);
}

/** The secret itself: at the last moment, and never kept. @throws UserError */
export function resolveSecret(inventory: Pick<Inventory, 'environment' | 'secrets'>, name: string): string {
  return readSecret(inventory, name).unwrap();
}

function readSecretFile(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new UserError(`the secret ${name} cannot be read: ${file} (${code}) on the machine of the worker; put it there, readable for the worker alone`);
  }
}
