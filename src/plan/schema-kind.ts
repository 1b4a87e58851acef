/** What a release's pending migrations do to the schema, from harmless to not to be taken back. */
export type SchemaKind = 'none' | 'additive' | 'reversible' | 'irreversible';

/**
 * The verdict in what a classifying step printed; null: none. Only its last line counts, and a line ends with a line feed alone: what the
 * app's own programs say stands above it, and cannot pass for it.
 */
export function schemaIn(output: string): SchemaKind | null {
  const last = output.replace(/\n+$/, '').split('\n').at(-1) ?? '';
  return (/^schema: (none|additive|reversible|irreversible)$/.exec(last)?.[1] as SchemaKind | undefined) ?? null;
}
