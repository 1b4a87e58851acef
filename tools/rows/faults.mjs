import { Mistake } from './mistake.mjs';
import { readJson } from './register.mjs';

/**
 * Reads the list of faults: groups in order, each with the faults that belong together.
 * @param {string} file its path
 * @returns {{ groups: { title: string, faults: Fault[] }[], faults: Map<string, Fault> }} where a Fault is
 *   `{ id, what, when, holds, later? }`; `later` is one sentence: what of it has no test yet, and why
 * @throws {Mistake} naming the fault that is wrong
 */
export function readFaults(file) {
  const groups = readJson(file);
  if (!Array.isArray(groups) || groups.some((group) => !group.title || !Array.isArray(group.faults))) {
    throw new Mistake(`${file}: it is a list of groups, each with a title and a list of faults`);
  }
  const faults = new Map();
  for (const fault of groups.flatMap((group) => group.faults)) {
    const wrong = mistakeIn(fault);
    if (wrong) throw new Mistake(`${file}: fault ${fault.id}: ${wrong}`);
    if (faults.has(fault.id)) throw new Mistake(`${file}: fault ${fault.id} is there twice`);
    faults.set(fault.id, fault);
  }
  return { groups, faults };
}

function mistakeIn({ id, what, when, holds, later, ...other }) {
  if (!/^F\d\d$/.test(id)) return 'the id is not of the form F01';
  if (!what || !when || !holds) return 'it says what happens, when, and what must hold';
  if (later !== undefined && !/^[A-Z].*\.$/.test(later)) return 'later is a sentence';
  const unknown = Object.keys(other);
  return unknown.length > 0 ? `${unknown.join(', ')} is nothing that a fault has` : undefined;
}
