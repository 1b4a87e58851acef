import { cell } from './markdown.mjs';

const states = ['proven', 'in part', 'later', 'open'];

/** Tests of one file that are named; of a longer series the rest is counted. */
const SHOWN = 3;

/**
 * @param {{ title: string, faults: object[] }[]} groups the faults
 * @param {{ file: string, name: string, faults: string[] }[]} tests the tests that passed
 * @returns {{ markdown: string, total: Record<string, number> }} the page, and the number of faults in each state
 */
export function faultList(groups, tests) {
  const judged = groups.map(({ title, faults }) => ({ title, faults: faults.map((fault) => judge(fault, tests)) }));
  const all = judged.flatMap(({ faults }) => faults);
  const total = Object.fromEntries(states.map((state) => [state, all.filter((fault) => fault.state === state).length]));
  const markdown = [
    '# Faults',
    '',
    'Written by `npm run rows` from the results of the tests and `rows/faults.json`; not edited by hand. *Proven*: every test listed',
    'passed, and names the fault. *In part*: likewise, and the sentence says what has no test yet. *Later*: no test yet, and why.',
    '*Open*: neither a test that passed nor a reason. What a campaign of faults at every step gave stands in `docs/faults.md`.',
    '',
    `${all.length} faults: ${states.map((state) => `${total[state]} ${state}`).join(', ')}.`,
    ...judged.flatMap(groupTable),
    '',
  ].join('\n');
  return { markdown, total };
}

function judge(fault, all) {
  const tests = all.filter((test) => test.faults.includes(fault.id));
  if (tests.length > 0) return { fault, tests, state: fault.later ? 'in part' : 'proven' };
  return { fault, tests, state: fault.later ? 'later' : 'open' };
}

const groupTable = ({ title, faults }) => [
  '',
  `## ${title}`,
  '',
  '| id | what happens | when | what must hold | state |',
  '| --- | --- | --- | --- | --- |',
  ...faults.map(({ fault, tests, state }) => `| ${fault.id} | ${cell(fault.what)} | ${cell(fault.when)} | ${cell(fault.holds)} | ${stateCell(fault, tests, state)} |`),
];

function stateCell({ later }, tests, state) {
  const word = state === 'later' ? state : `**${state}**`;
  const files = [...new Set(tests.map(({ file }) => file))].map((file) => {
    const names = [...new Set(tests.filter((test) => test.file === file).map(({ name }) => name))];
    const more = names.length > SHOWN ? `; and ${names.length - SHOWN} more` : '';
    return `<br>· ${names.slice(0, SHOWN).map(cell).join('; ')}${more} (${cell(file)})`;
  });
  return `${word}${later ? `: ${cell(later)}` : ''}${files.join('')}`;
}
