import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Mistake } from './mistake.mjs';

const kinds = ['test', 'intent', 'person'];
const stacks = ['A', 'B', 'both'];

/** @throws {Mistake} naming the file that is no JSON */
export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Mistake(`${file}: cannot be read as JSON (${error.message})`);
  }
}

/**
 * Reads the register: `index.json` lists the groups in order, `<group>.json` holds the rows of each.
 * @returns {{ groups: { group: string, title: string, rows: Row[] }[], rows: Map<string, Row> }} where a Row is
 *   `{ id, stack, text, kind: 'test' | 'intent' | 'person', supersededBy?: string[], sternway?: string }`
 * @throws {Mistake} naming the file and row that is wrong
 */
export function readRegister(folder) {
  const rows = new Map();
  const groups = readJson(join(folder, 'index.json')).map((name) => {
    const file = join(folder, `${name}.json`);
    const group = readJson(file);
    group.rows = group.rows.map((row) => {
      const full = { kind: 'test', ...row };
      const wrong = mistakeIn(full, name);
      if (wrong) throw new Mistake(`${file}: row ${row.id}: ${wrong}`);
      if (rows.has(full.id)) throw new Mistake(`${file}: row ${row.id} is there twice`);
      rows.set(full.id, full);
      return full;
    });
    return group;
  });
  for (const row of rows.values()) {
    const missing = row.supersededBy?.find((id) => !rows.has(id));
    if (missing) throw new Mistake(`row ${row.id} is superseded by ${missing}, which is not in the register`);
  }
  return { groups, rows };
}

function mistakeIn(row, group) {
  if (!new RegExp(`^${group}-\\d\\d$`).test(row.id)) return `the id is not of the form ${group}-01`;
  if (!row.text) return 'it has no text';
  if (!stacks.includes(row.stack)) return `stack is not one of ${stacks.join(', ')}`;
  if (!kinds.includes(row.kind)) return `kind is not one of ${kinds.join(', ')}`;
  if ((row.kind === 'intent') !== Boolean(row.supersededBy?.length)) return 'supersededBy belongs to kind intent, and only there';
  if ((row.kind === 'person') !== Boolean(row.sternway)) return 'sternway belongs to kind person, and only there';
  return undefined;
}
