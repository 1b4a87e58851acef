/** docs/configuration.md, made from the schema: `npm run docs`. A test checks that it is up to date. */
import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { documentSchema } from './schema';
import { defaultOf, isOptional, metaOf, unwrap } from './schema/field';

const INTRODUCTION = `<!-- Made from src/config/schema*.ts by \`npm run docs\`; change the texts there. -->

# Configuration: sternway.yml

Everything Sternway needs to know of an app and its hosts stands in one YAML file. [examples/shop/sternway.yml](../examples/shop/sternway.yml)
is a whole one. The file is checked before anything else happens: unknown keys are refused, and all mistakes are told at once, each
with its place, what was found and what to do:

\`\`\`
/srv/shop/sternway.yml has 2 mistakes:
  timeouts.deadline (line 12): must be a duration such as 1h30m, 10s or 500ms, from 1ms to 7d (got 30) - for example 30s
  retentoin (line 14): is not a known key - did you mean retention?
\`\`\`

- **Durations** are whole numbers with units, largest first: \`500ms\`, \`10s\`, \`30m\`, \`1h30m\`, \`2d\`.
- **Sizes** have one of the units \`B\`, \`KB\`, \`MB\`, \`GB\`, \`TB\`, each 1024 times the one before. **Percentages** are written \`10%\`.
- **Paths** inside a release are relative to its root. Paths on the hosts are absolute. Files of the worker's machine (\`key\`, \`ca\`, a
  secret's \`file\`) may begin with \`~/\` and are otherwise relative to sternway.yml.
- **Secrets** never stand in this file, only where the worker finds them.
- A client that starts a deployment sends its settings along, without hosts, addresses, keys and secrets: those the worker takes from
  its own copy of the file.

**Needed** says whether a field must be there; a field of a section that is itself left out need not.
`;

interface Table {
  readonly path: string;
  readonly doc: string;
  readonly rows: string[];
}

/** The whole page. */
export function renderReference(): string {
  const tables: Table[] = [{ path: '', doc: '', rows: [] }];
  addRows(documentSchema, '', tables[0]?.rows ?? [], tables);
  const [top, ...sections] = tables;
  const parts = [INTRODUCTION, '## The top level', '', ...table(top?.rows ?? [])];
  for (const { path, doc, rows } of sections) parts.push('', `## \`${path}\``, '', doc, '', ...table(rows));
  return `${parts.join('\n')}\n`;
}

function table(rows: readonly string[]): string[] {
  return ['| field | what | value | needed, or default |', '| --- | --- | --- | --- |', ...rows];
}

/** A row for each field; a section becomes a table of its own, in the order of the schema. */
function addRows(schema: z.ZodType, path: string, rows: string[], tables: Table[]): void {
  const bare = unwrap(schema);
  if (!(bare instanceof z.ZodObject)) return;
  for (const [key, field] of Object.entries(bare.shape) as [string, z.ZodType][]) {
    const { at, inner } = open(field, path === '' ? key : `${path}.${key}`);
    const doc = metaOf(field).doc ?? '';
    const section = inner instanceof z.ZodObject;
    rows.push(`| \`${key}\` | ${cell(doc)} | ${section ? `see [\`${at}\`](#${anchor(at)})` : cell(valueText(field))} | ${cell(needText(field))} |`);
    if (!section) continue;
    const own: Table = { path: at, doc: metaOf(inner).doc ?? '', rows: [] };
    tables.push(own);
    addRows(inner, at, own.rows, tables);
  }
}

/** What a list holds (`units[]`), or a mapping by free names (`hosts.NAME`). */
function open(field: z.ZodType, path: string): { at: string; inner: z.ZodType } {
  const bare = unwrap(field);
  if (bare instanceof z.ZodArray) return open(bare.element as z.ZodType, `${path}[]`);
  if (bare instanceof z.ZodRecord) return open(bare.valueType as z.ZodType, `${path}.NAME`);
  return { at: path, inner: bare };
}

function valueText(field: z.ZodType): string {
  const { expects, example } = metaOf(field);
  const bare = unwrap(field);
  const element = bare instanceof z.ZodArray ? metaOf(bare.element as z.ZodType).expects : undefined;
  const what = expects ?? (element === undefined ? (bare instanceof z.ZodArray ? 'a list' : 'a mapping') : `a list; each item: ${element}`);
  return example === undefined ? what : `${what}; for example \`${example}\``;
}

function needText(field: z.ZodType): string {
  const value = defaultOf(field);
  if (value !== undefined && !(typeof value === 'object' && value !== null && Object.keys(value).length === 0)) return `\`${defaultText(value)}\``;
  if (Array.isArray(value)) return 'none';
  return isOptional(field) ? 'no' : 'yes';
}

function defaultText(value: unknown): string {
  return Array.isArray(value) ? `[${value.map((item) => String(item)).join(', ')}]` : String(value);
}

function cell(text: string): string {
  return text.replace(/\|/g, '\\|');
}

/** As GitHub makes them. */
function anchor(path: string): string {
  return path.toLowerCase().replace(/[^a-z0-9_-]/g, '');
}

if (require.main === module) writeFileSync('docs/configuration.md', renderReference());
