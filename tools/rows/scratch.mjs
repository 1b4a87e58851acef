import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Mistake } from './mistake.mjs';

/** Not part of the tree and costly to make: the copy uses those of the original. */
const linked = ['node_modules', '.cache'];

/**
 * A copy of the working tree as it is now (what git tracks, and new files that it does not ignore), to be broken at will.
 * @param {string} root the working tree
 * @returns {{ folder: string, remove: () => void }}
 */
export function scratchCopy(root) {
  const folder = mkdtempSync(join(tmpdir(), 'sternway-mutate-'));
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
  for (const name of new Set(list.split('\0').filter(Boolean))) {
    // A file that was deleted and not committed yet is still listed.
    if (!lstatSync(join(root, name), { throwIfNoEntry: false })) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    cpSync(join(root, name), join(folder, name), { verbatimSymlinks: true, preserveTimestamps: true });
  }
  for (const name of linked) if (existsSync(join(root, name))) symlinkSync(join(root, name), join(folder, name));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * Breaks one line in the copy.
 * @returns {{ line: number, mend: () => void }} the line's number, counted from 1; `mend` puts the file back as it was
 * @throws {Mistake} when the text is not found exactly once
 */
export function breakLine(folder, { row, file, find, replace }) {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  const parts = text.split(find);
  if (parts.length !== 2) throw new Mistake(`${row}: the text to break is found ${parts.length - 1} times in ${file}, not once`);
  writeFileSync(path, parts.join(replace));
  return { line: parts[0].split('\n').length, mend: () => writeFileSync(path, text) };
}
