import { z } from 'zod';

/** What mistakes and the reference say of a field, beside its schema. */
export interface FieldMeta {
  /** What the field means: one or two sentences, the text of docs/configuration.md. */
  readonly doc?: string;
  /** Completes "must be …". */
  readonly expects?: string;
  /** A good value, as written in YAML. */
  readonly example?: string;
  /** What to do about a bad value, where an example says too little. */
  readonly hint?: string;
  /** Smallest and largest value, in the field's own spelling. */
  readonly range?: readonly [string, string];
  /** A bad value may be a secret in the wrong place: never shown. */
  readonly hidden?: true;
}

const registry = z.registry<FieldMeta>();

/** Adds to what is known of a schema; the schema stays the same object. Refinements come before, `optional` and defaults after. */
export function describe<S extends z.ZodType>(schema: S, meta: FieldMeta): S {
  registry.add(schema, { ...registry.get(schema), ...meta });
  return schema;
}

/** What is known of a schema, under whatever wraps it. */
export function metaOf(schema: z.ZodType): FieldMeta {
  return registry.get(unwrap(schema)) ?? {};
}

/** The schema under `optional`, a default, or a transformation. */
export function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) return unwrap(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodPipe) return unwrap(schema.in as z.ZodType);
  return schema;
}

/** May a document leave it out? */
export function isOptional(schema: z.ZodType): boolean {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault;
}

/** What a document that leaves it out gets, as it would be written there. */
export function defaultOf(schema: z.ZodType): unknown {
  return schema instanceof z.ZodPrefault ? schema.def.defaultValue : undefined;
}

/** A section: a mapping with these keys and no other. */
export function section<S extends z.ZodRawShape>(doc: string, shape: S) {
  return describe(z.strictObject(shape), { doc });
}

type Report = (path: readonly PropertyKey[], problem: string, hint: string) => void;

/**
 * A rule over several fields of a section or items of a list. It runs unless one of the fields it reads has a mistake of its
 * own, so that every mistake is told at once and none twice. `all`: it reads every field. `items`: it takes items of a list as
 * they are, good or not.
 */
export function rule<S extends z.ZodType>(schema: S, reads: readonly string[] | 'all' | 'items', check: (value: z.output<S>, report: Report) => void): S {
  return schema.superRefine(
    (value, context) => {
      check(value, (path, problem, hint) => {
        context.addIssue({ code: 'custom', path: [...path], message: problem, params: { problem, hint } });
      });
    },
    {
      when: ({ value, issues }) =>
        typeof value === 'object' &&
        value !== null &&
        issues.every((issue) => {
          const at = issue.path?.[0];
          return at !== undefined && reads !== 'all' && (reads === 'items' || !reads.includes(String(at)));
        }),
    },
  );
}
