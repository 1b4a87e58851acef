/** What a release's pending migrations do to the schema, from harmless to not to be taken back. */
export type SchemaKind = 'none' | 'additive' | 'reversible' | 'irreversible';

/** The verdict in what a classifying step printed, a line of its own such as `schema: additive`; null: none. */
export function schemaIn(output: string): SchemaKind | null {
  return (/^schema: (none|additive|reversible|irreversible)$/m.exec(output)?.[1] as SchemaKind | undefined) ?? null;
}
