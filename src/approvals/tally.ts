import type { Verified } from './verify';

export interface Tally {
  /** People who approve, by principal, each once. */
  readonly approved: readonly string[];
  readonly rejected: readonly string[];
}

/** Who said what. Whoever signs twice, with one key or two, counts once; one key under two names, too. Of one person's words a `reject` counts. */
export function tally(verified: readonly Verified[]): Tally {
  const people: { readonly names: Set<string>; readonly keys: Set<string>; rejects: boolean }[] = [];
  for (const { by, key, decision } of verified) {
    const same = people.filter(({ names, keys }) => names.has(by) || keys.has(key));
    const person = { names: new Set([by]), keys: new Set([key]), rejects: decision === 'reject' };
    for (const each of same) {
      each.names.forEach((name) => person.names.add(name));
      each.keys.forEach((one) => person.keys.add(one));
      person.rejects ||= each.rejects;
      people.splice(people.indexOf(each), 1);
    }
    people.push(person);
  }
  const named = (rejects: boolean): string[] => people.filter((person) => person.rejects === rejects).map(({ names }) => [...names].sort()[0] ?? '').sort();
  return { approved: named(false), rejected: named(true) };
}
