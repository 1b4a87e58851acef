/** The known name that a misspelt one was meant to be, or undefined when none is near. */
export function suggest(misspelt: string, known: readonly string[]): string | undefined {
  let best: { name: string; distance: number } | undefined;
  for (const name of known) {
    const distance = editDistance(plain(misspelt), plain(name));
    if (best === undefined || distance < best.distance) best = { name, distance };
  }
  // A third of the letters at most, or every short name would resemble every other.
  const limit = Math.max(1, Math.floor(misspelt.length / 3));
  return best !== undefined && best.distance <= limit ? best.name : undefined;
}

/** `undoBudget` and `undo-budget` are spellings of `undo_budget`. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '');
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
export function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let distance = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) distance = Math.min(distance, (before[column - 2] ?? 0) + 1);
      current.push(distance);
    }
    before = last;
    last = current;
  }
  return last[right.length] ?? 0;
}
