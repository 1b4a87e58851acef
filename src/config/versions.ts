/** Requirements such as `>=1.18` or `>=3.11, <4` on versions such as `1.22.1`. */

const OPERATORS: Readonly<Record<string, (order: number) => boolean>> = {
  '>=': (order) => order >= 0,
  '<=': (order) => order <= 0,
  '==': (order) => order === 0,
  '>': (order) => order > 0,
  '<': (order) => order < 0,
};

interface Clause {
  readonly holds: (order: number) => boolean;
  readonly version: readonly number[];
}

/** Whether the first version number found in `version` (`nginx/1.22.1`, `v20.0`) meets every part. @throws RangeError for a bad requirement */
export function satisfies(version: string, requirement: string): boolean {
  const clauses = readRequirement(requirement);
  if (clauses === undefined) throw new RangeError(`not a version requirement: ${JSON.stringify(requirement)}`);
  const found = /\d+(?:\.\d+)*/.exec(version)?.[0];
  return found !== undefined && clauses.every(({ holds, version: wanted }) => holds(compare(numbers(found), wanted)));
}

/** The parts of a requirement, or undefined when it is none. */
export function readRequirement(text: string): readonly Clause[] | undefined {
  const clauses: Clause[] = [];
  for (const part of text.split(',')) {
    const found = /^\s*(>=|<=|==|>|<)\s*(\d+(?:\.\d+)*)\s*$/.exec(part);
    const holds = OPERATORS[found?.[1] ?? ''];
    if (found?.[2] === undefined || holds === undefined) return undefined;
    clauses.push({ holds, version: numbers(found[2]) });
  }
  return clauses;
}

function numbers(version: string): number[] {
  return version.split('.').map(Number);
}

/** Missing parts count as 0: `1.18` equals `1.18.0`. */
function compare(left: readonly number[], right: readonly number[]): number {
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
