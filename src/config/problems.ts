/** zod's issues as problems: one for each mistake, with its path, what was found and what to do. */
import { z } from 'zod';
import { pathText } from './errors';
import { isOptional, metaOf, unwrap } from './schema/field';
import { suggest } from './suggest';

/** A problem before it has a line: its place as keys. */
export interface Mistake {
  readonly keys: readonly PropertyKey[];
  readonly problem: string;
  readonly hint: string;
}

/** The checked value, with defaults, or everything that is wrong with it. */
export type Checked<T> = { readonly value: T } | { readonly mistakes: readonly Mistake[] };

export function check<S extends z.ZodType>(schema: S, document: unknown): Checked<z.output<S>> {
  const result = schema.safeParse(document);
  if (result.success) return { value: result.data };
  const mistakes = result.error.issues.flatMap((issue) => explain(schema, document, issue));
  const misspelt = new Set(mistakes.flatMap(({ meant }) => (meant === undefined ? [] : [meant])));
  const seen = new Set<string>();
  return {
    mistakes: mistakes.filter(({ keys, missing }) => {
      const path = pathText(keys);
      const first = !seen.has(path);
      seen.add(path);
      // A required key that was misspelt is one mistake, not two.
      return first && !(missing && misspelt.has(path));
    }),
  };
}

interface Explained extends Mistake {
  readonly missing: boolean;
  /** Of a misspelt key: the path it was meant to be. */
  readonly meant?: string;
}

function explain(root: z.ZodType, document: unknown, issue: z.core.$ZodIssue): Explained[] {
  const keys = issue.path;
  const schema = schemaAt(root, keys);
  const found = valueAt(document, keys);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(keys, key, schema));
  if (issue.code === 'invalid_key') {
    const names = metaOf(recordAt(root, keys).keyType as z.ZodType);
    return [{ keys, missing: false, problem: `must be named by ${names.expects} (got ${show(keys.at(-1), names.hidden)})`, hint: `for example ${names.example}` }];
  }
  const own = issue.code === 'custom' ? (issue.params as { problem?: string; hint?: string } | undefined) : undefined;
  // A rule over several fields may report at one that was left to its default.
  if (found === undefined && own?.hint === undefined) return [{ keys, missing: true, problem: 'is missing', hint: howToAdd(keys, schema) }];
  if (own?.problem !== undefined) {
    // A kind says what is wrong only; a rule over several fields has shown what it found.
    const got = own.hint === undefined ? ` (got ${show(found, metaOf(schema).hidden)})` : '';
    return [{ keys, missing: false, problem: own.problem + got, hint: own.hint ?? metaOf(schema).hint ?? howToWrite(schema, found) }];
  }
  return [{ keys, missing: false, problem: `must be ${expectation(schema)} (got ${show(found, metaOf(schema).hidden)})`, hint: howToWrite(schema, found) }];
}

function unknownKey(keys: readonly PropertyKey[], key: string, schema: z.ZodType): Explained {
  const known = keysOf(schema);
  const name = suggest(key, known);
  const at = { keys: [...keys, key], missing: false, problem: 'is not a known key' };
  if (name === undefined) return { ...at, hint: `known here: ${known.join(', ')}` };
  return { ...at, hint: `did you mean ${name}?`, meant: pathText([...keys, name]) };
}

function expectation(schema: z.ZodType): string {
  const bare = unwrap(schema);
  const said = metaOf(schema).expects;
  if (said !== undefined) return said;
  return bare instanceof z.ZodArray ? 'a list' : 'a mapping';
}

function howToWrite(schema: z.ZodType, found: unknown): string {
  const { hint, example } = metaOf(schema);
  if (hint !== undefined) return hint;
  const quoted = String(found);
  const unquoted = typeof found === 'number' || typeof found === 'boolean';
  if (unquoted && unwrap(schema).safeParse(quoted).success) return `put it in quotes: "${quoted}"`;
  if (example !== undefined) return `for example ${example}`;
  return `its keys are ${keysOf(schema).join(', ')}`;
}

function howToAdd(keys: readonly PropertyKey[], schema: z.ZodType): string {
  const { example } = metaOf(schema);
  if (example !== undefined) return `add it, for example ${String(keys.at(-1))}: ${example}`;
  const bare = unwrap(schema);
  const needed = bare instanceof z.ZodObject ? Object.entries(bare.shape).filter(([, field]) => !isOptional(field as z.ZodType)) : [];
  return `add it, with ${needed.map(([key]) => key).join(', ')}`;
}

/** What was found, short, on one line, and without a password in a URL. */
export function show(value: unknown, hidden?: boolean): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty mapping' : 'a mapping';
  if (hidden) return typeof value === 'string' ? 'a text that is not shown here' : `a ${typeof value}`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return `a ${typeof value}`;
  const text = value.replace(/\/\/[^/@]*@/g, '//***@');
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

/** The schema of the value at a path; the last known one where the path leads out of the schema. */
function schemaAt(root: z.ZodType, keys: readonly PropertyKey[]): z.ZodType {
  let schema = root;
  for (const key of keys) {
    const bare = unwrap(schema);
    const next: unknown =
      bare instanceof z.ZodObject ? bare.shape[key as string] : bare instanceof z.ZodArray ? bare.element : bare instanceof z.ZodRecord ? bare.valueType : undefined;
    if (next === undefined) return schema;
    schema = next as z.ZodType;
  }
  return schema;
}

function recordAt(root: z.ZodType, keys: readonly PropertyKey[]): z.ZodRecord {
  return unwrap(schemaAt(root, keys.slice(0, -1))) as z.ZodRecord;
}

function keysOf(schema: z.ZodType): string[] {
  const bare = unwrap(schema);
  return bare instanceof z.ZodObject ? Object.keys(bare.shape) : [];
}

/** The value at a path, or undefined. */
export function valueAt(document: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? value[key as keyof typeof value] : undefined), document);
}
