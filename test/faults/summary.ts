/** One finished case, as it is kept in a line of JSON. */
export interface Done {
  readonly id: string;
  /** git's hash of src/ (`git rev-parse HEAD:src`). */
  readonly code: string;
  readonly outcome: string;
  readonly sentence: string;
  readonly fired: readonly string[];
  readonly held: number;
  readonly recovery: readonly { readonly kind: string; readonly seconds: number }[];
  readonly seconds: number;
  /** A sentence each; none: everything held. */
  readonly violations: readonly string[];
  readonly at: string;
}

export interface Summary {
  readonly code: string;
  readonly commit: string;
  readonly from: string;
  readonly to: string;
  readonly cases: number;
  /** Cases of the whole campaign. */
  readonly planned: number;
  readonly violated: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly groups: Readonly<Record<string, number>>;
  /** Seconds until a worker went on, by kind of fault. */
  readonly recovery: Readonly<Record<string, { readonly count: number; readonly median: number; readonly p95: number; readonly longest: number }>>;
  readonly broken: readonly { readonly id: string; readonly violations: readonly string[] }[];
}

/** A campaign in numbers, however far it came. */
export function summarize(done: readonly Done[], about: Pick<Summary, 'code' | 'commit' | 'planned'>): Summary {
  const times = done.map(({ at }) => at).sort();
  const recovered = done.flatMap(({ recovery }) => recovery);
  const kinds = [...new Set(recovered.map(({ kind }) => kind))].sort();
  return {
    ...about, from: times[0] ?? '', to: times.at(-1) ?? '', cases: done.length, violated: done.filter(({ violations }) => violations.length > 0).length,
    outcomes: counted(done.map(({ outcome }) => outcome)), groups: counted(done.map(({ id }) => id.split('/')[0] ?? '')),
    recovery: Object.fromEntries(kinds.map((kind) => [kind, spread(recovered.filter((one) => one.kind === kind).map(({ seconds }) => seconds))])),
    broken: done.filter(({ violations }) => violations.length > 0).map(({ id, violations }) => ({ id, violations })),
  };
}

function counted(words: readonly string[]): Record<string, number> {
  return Object.fromEntries([...new Set(words)].sort().map((word) => [word, words.filter((other) => other === word).length]));
}

function spread(values: readonly number[]): { count: number; median: number; p95: number; longest: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => Math.round((sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN) * 100) / 100;
  return { count: sorted.length, median: at(0.5), p95: at(0.95), longest: at(1) };
}
