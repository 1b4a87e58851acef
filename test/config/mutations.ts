/** Every single way to break a document, generated from the schema. */
import { z } from 'zod';
import { isOptional, metaOf, unwrap } from '../../src/config/schema/field';
import { formatDuration, readDuration, readSize } from '../../src/config/units';
import { at, composeDocument, composeSettings, fullDocument, put, settingsDocument, type Doc } from './document';

type Keys = readonly (string | number)[];

export interface Mutation {
  readonly kind: 'missing' | 'mistyped' | 'misspelt' | 'out of range';
  readonly title: string;
  /** The field that is broken. */
  readonly field: Keys;
  /** Where the one problem must be told: the field, or its misspelt name. */
  readonly told: Keys;
  /** What the hint must contain. */
  readonly hint?: string;
  readonly apply: (document: Doc) => void;
}

interface Field {
  readonly keys: Keys;
  readonly schema: z.ZodType;
  /** Its key stands in the schema, and not in the document only (items, entries of a mapping). */
  readonly named: boolean;
}

/** Every field of the schema with a place in the document. @throws Error for one that the document lacks: it would go untested */
export function fieldsOf(schema: z.ZodType, document: Doc, keys: Keys = []): Field[] {
  const bare = unwrap(schema);
  const children: Field[] = [];
  if (bare instanceof z.ZodObject) {
    for (const [key, child] of Object.entries(bare.shape) as [string, z.ZodType][]) children.push({ keys: [...keys, key], schema: child, named: true });
  } else if (bare instanceof z.ZodArray) {
    const items = at(document, keys) as unknown[];
    for (const index of items.keys()) children.push({ keys: [...keys, index], schema: bare.element as z.ZodType, named: false });
  } else if (bare instanceof z.ZodRecord && !(bare.valueType instanceof z.ZodUnknown)) {
    for (const key of Object.keys(at(document, keys) as Doc)) children.push({ keys: [...keys, key], schema: bare.valueType as z.ZodType, named: false });
  }
  return children
    .filter((child) => !otherChoice(child.keys, document))
    .flatMap((child) => {
      if (at(document, child.keys) === undefined) throw new Error(`the document has no ${child.keys.join('.')}`);
      return [child, ...fieldsOf(child.schema, document, child.keys)];
    });
}

/** Fields of which a document has one or the other; the two whole documents have both, in different places. */
function otherChoice(keys: Keys, document: Doc): boolean {
  const key = String(keys.at(-1));
  if (at(document, keys) !== undefined) return false;
  if ([fullDocument(), composeDocument(), settingsDocument(), composeSettings()].some((other) => at(other, keys) !== undefined)) return true;
  if (key === 'value' && keys.includes('connection')) return true;
  if (key === 'env' && keys.includes('connection')) return true;
  if (keys.includes('web-2') || inAnotherItem(keys, document)) return true;
  return ['key', 'agent'].includes(key) ? keys.includes('hosts') : ['env', 'file'].includes(key) && keys.includes('secrets');
}

/** Items of a list need not all have it: probes are of many kinds. */
function inAnotherItem(keys: Keys, document: Doc): boolean {
  return keys.some((key, depth) => {
    if (typeof key !== 'number') return false;
    const items = at(document, keys.slice(0, depth)) as unknown[];
    return items.some((item) => at(item, keys.slice(depth + 1)) !== undefined);
  });
}

export function mutationsOf(fields: readonly Field[]): Mutation[] {
  return fields.flatMap((field) => [...missing(field), ...mistyped(field), ...misspelt(field), ...outOfRange(field)]);
}

function missing({ keys, schema, named }: Field): Mutation[] {
  if (!named || isOptional(schema)) return [];
  return [{ kind: 'missing', title: 'is left out', field: keys, told: keys, apply: (document) => void put(document, keys, undefined) }];
}

function mistyped({ keys, schema }: Field): Mutation[] {
  const bare = unwrap(schema);
  const fits = (value: unknown) => {
    if (Array.isArray(value)) return bare instanceof z.ZodArray;
    if (typeof value === 'object' && value !== null) return bare instanceof z.ZodObject || bare instanceof z.ZodRecord;
    if (bare instanceof z.ZodUnion) return value !== null;
    if (bare instanceof z.ZodLiteral || bare instanceof z.ZodBoolean) return value === true;
    return typeof value === 'string' ? bare instanceof z.ZodString || bare instanceof z.ZodEnum : typeof value === 'number' && bare instanceof z.ZodNumber;
  };
  return [null, true, 12, 'text', [], {}].filter((value) => !fits(value)).map((value) => replaced('mistyped', keys, value));
}

function misspelt({ keys, named }: Field): Mutation[] {
  const key = String(keys.at(-1));
  if (!named) return [];
  const swapped = key.slice(0, -2) + (key.at(-1) ?? '') + (key.at(-2) ?? '');
  return [...new Set([key + (key.at(-1) ?? ''), swapped, key.toUpperCase()])]
    .filter((wrong) => wrong !== key)
    .map((wrong) => ({
      kind: 'misspelt',
      title: `is written ${wrong}`,
      field: keys,
      told: [...keys.slice(0, -1), wrong],
      hint: `did you mean ${key}?`,
      apply: (document) => {
        const value = at(document, keys);
        put(document, keys, undefined);
        put(document, [...keys.slice(0, -1), wrong], value);
      },
    }));
}

function outOfRange({ keys, schema }: Field): Mutation[] {
  const bare = unwrap(schema);
  const [min = '', max = ''] = metaOf(schema).range ?? [];
  const values: unknown[] = [];
  if (bare instanceof z.ZodNumber) values.push(Number(min) - 1, Number(max) + 1, Number.NaN, Number.POSITIVE_INFINITY);
  if (bare instanceof z.ZodString || bare instanceof z.ZodEnum || bare instanceof z.ZodUnion) values.push('', 'two\nlines');
  if (bare instanceof z.ZodEnum) values.push('nonsense');
  if (bare instanceof z.ZodString && max !== '') values.push(...aroundMeasure(min, max));
  if ((bare instanceof z.ZodArray || bare instanceof z.ZodRecord) && metaOf(schema).expects?.includes('at least one')) values.push(bare instanceof z.ZodArray ? [] : {});
  return values.map((value) => replaced('out of range', keys, value));
}

function aroundMeasure(min: string, max: string): string[] {
  const [least, most] = [readDuration(min), readDuration(max)];
  if (least !== undefined && most !== undefined) return [formatDuration(most + 1), ...(least > 0 ? [formatDuration(least - 1)] : [])];
  const [small, large] = [readSize(min), readSize(max)];
  if (small !== undefined && large !== undefined) return [`${small - 1}B`, `${large + 1}B`];
  return [`${Number.parseFloat(min) - 0.5}%`, `${Number.parseFloat(max) + 0.5}%`];
}

function replaced(kind: Mutation['kind'], keys: Keys, value: unknown): Mutation {
  const shown = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return { kind, title: `is ${shown}`, field: keys, told: keys, apply: (document) => void put(document, keys, value) };
}
