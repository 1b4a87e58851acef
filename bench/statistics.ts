/** The value below which `share` (0 to 1) of the values lie, nearest rank. @throws RangeError for no values */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (found === undefined) throw new RangeError('a quantile of no values');
  return found;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
