import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes docs/mutants.md. A survivor is argued in faults/survivors.json: [{ file, text, why }], by the line's text, so that it stays argued while
 * other lines move.
 * @param {string} root the repository
 * @param {object[]} mutants all there are now
 * @param {Map<string, object>} done results by `file:line`
 * @returns {number} 0: all tried, nine in ten noticed, every survivor argued, every named one noticed; else 1
 */
export function writePage(root, mutants, done) {
  const why = argued(root);
  const results = mutants.map(({ file, line, target }) => done.get(`${file}:${line}`) ?? { target, file, line, outcome: null });
  const named = results.filter(({ target }) => target === 'named');
  const rows = results.filter(({ target }) => target !== 'named');
  const survivors = rows.filter(({ outcome }) => outcome === 'survived');
  const tried = rows.filter(({ outcome }) => outcome !== null);
  const files = [...new Set(rows.map(({ file }) => file))];
  const page = [
    '# Mutants', '',
    'Written by `npm run mutants` from `faults/mutants.jsonl` and `faults/survivors.json`; not edited by hand. Every single line of the saga and of the host\'s',
    'helper is taken out, one at a time, in a scratch copy: deleted; where a block needs one, `pass` in its place; of a condition, one that always holds. *Red*: a test',
    'failed. *Hung*: the tests did not end. *Refused*: it does not compile, and no test was asked. *Survived*: nobody noticed.', '',
    `${tried.length} of ${rows.length} lines tried; ${share(tried)} of them noticed; of those that the compiler did not refuse ${share(tried.filter(({ outcome }) => outcome !== 'refused'))}.`, '',
    '| file | lines | tried | red | hung | refused | survived | noticed |', '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...files.map((file) => row(file, rows.filter((one) => one.file === file))), '',
    '## Named', '',
    'Safeguards taken out as a whole (`tools/mutants/named.mjs`); each must turn a test red.', '',
    '| safeguard | file | outcome | first test that noticed |', '| --- | --- | --- | --- |',
    ...named.map(({ line, file, outcome, by }) => `| ${line} | ${file} | ${outcome ?? 'not tried'} | ${(by ?? '').replaceAll('|', '/')} |`), '',
    '## Survivors', '',
    ...survivors.flatMap((one) => [`- \`${one.file}:${one.line}\` ${one.how}: \`${one.text.replaceAll('`', "'")}\`  `, `  ${why(one) ?? '**not argued yet**'}`]), '',
  ].join('\n');
  writeFileSync(join(root, 'docs/mutants.md'), page);
  const open = survivors.filter((one) => why(one) === undefined);
  console.log(`${tried.length} of ${rows.length} lines tried, ${share(tried)} noticed, ${survivors.length} survived, ${open.length} of them not argued`);
  const unnoticed = named.filter(({ outcome }) => outcome === null || outcome === 'survived');
  if (unnoticed.length > 0) console.log(`of the named ones not noticed: ${unnoticed.map(({ line }) => line).join(', ')}`);
  return tried.length === rows.length && noticed(tried) >= 0.9 && open.length === 0 && unnoticed.length === 0 ? 0 : 1;
}

/** Why it is right that nobody notices a line, or undefined. @param {string} root the repository */
export function argued(root) {
  const survivors = JSON.parse(readFileSync(join(root, 'faults/survivors.json'), 'utf8'));
  return ({ file, text }) => survivors.find((one) => one.file === file && one.text === text)?.why;
}

const noticed = (rows) => (rows.length === 0 ? 0 : rows.filter(({ outcome }) => outcome !== 'survived').length / rows.length);
const share = (rows) => `${(noticed(rows) * 100).toFixed(1)} %`;

function row(file, rows) {
  const tried = rows.filter(({ outcome }) => outcome !== null);
  const count = (outcome) => tried.filter((one) => one.outcome === outcome).length;
  return `| ${file} | ${rows.length} | ${tried.length} | ${count('red')} | ${count('hung')} | ${count('refused')} | ${count('survived')} | ${tried.length === 0 ? '–' : share(tried)} |`;
}
