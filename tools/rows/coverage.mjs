import { cell } from './markdown.mjs';

const states = ['proven', 'proven by intent', "a person's", 'not yet'];

/** The groups that are not rows of the runbooks themselves, and are summed apart. */
const apart = ['A', 'CH', 'CA'];

/**
 * What a row has come to, given the tests that passed.
 * - a person's row stays a person's, tested or not;
 * - an intent row is proven by tests that name it, or when every defect that supersedes its words is proven;
 * - any other row is proven only by a test that names it.
 */
function judge(row, testsOf) {
  const own = testsOf(row.id);
  if (row.kind === 'person') return { row, state: "a person's", tests: own };
  if (row.kind === 'test') return { row, state: own.length > 0 ? 'proven' : 'not yet', tests: own };
  const ofDefects = row.supersededBy.map(testsOf);
  const proven = own.length > 0 || ofDefects.every((tests) => tests.length > 0);
  return { row, state: proven ? 'proven by intent' : 'not yet', tests: proven ? [...new Set([own, ...ofDefects].flat())] : [] };
}

/**
 * @param {{ group: string, title: string, rows: object[] }[]} groups the register
 * @param {{ file: string, title: string, ids: string[] }[]} tests the tests that passed
 * @returns {{ markdown: string, total: Record<string, number> }} the page, and the number of runbook rows in each state
 */
export function coverage(groups, tests) {
  const testsOf = (id) => tests.filter((test) => test.ids.includes(id));
  const judged = groups.map(({ group, title, rows }) => ({ group, title, rows: rows.map((row) => judge(row, testsOf)) }));
  const stackA = judged.map((group) => ({ ...group, rows: group.rows.filter(({ row }) => row.stack !== 'B') }));
  const markdown = [
    '# Coverage of the runbooks',
    '',
    'Written by `npm run rows` from the results of the tests; not edited by hand. A row counts as proven only by a test that',
    "passed and names it. *Proven by intent*: the row's literal words are one of the runbooks' defects, and what was meant is",
    "proven. *A person's*: stays a decision of people; the table says what Sternway's part is, and whether that is proven.",
    '',
    '## Summary',
    '',
    ...summary(judged),
    '',
    '## Summary, stack A only',
    '',
    ...summary(stackA),
    ...judged.flatMap(groupTable),
    '',
  ].join('\n');
  return { markdown, total: count(judged.filter(({ group }) => !apart.includes(group)).flatMap(({ rows }) => rows)) };
}

const count = (rows) => Object.fromEntries(states.map((state) => [state, rows.filter((row) => row.state === state).length]));

const ownPartProven = (rows) => rows.filter(({ row, tests }) => row.kind === 'person' && tests.length > 0).length;

function summary(groups) {
  const line = (name, rows) => `| ${name} | ${rows.length} | ${Object.values(count(rows)).join(' | ')} | ${ownPartProven(rows)} |`;
  const runbooks = groups.filter(({ group }) => !apart.includes(group));
  return [
    `| group | rows | ${states.join(' | ')} | a person's, our part proven |`,
    `| --- | ---: |${states.map(() => ' ---: |').join('')} ---: |`,
    ...runbooks.map(({ group, title, rows }) => line(`${group} · ${title}`, rows)),
    line('**All rows of the runbooks**', runbooks.flatMap(({ rows }) => rows)),
    ...groups.filter(({ group }) => apart.includes(group)).map(({ group, title, rows }) => line(`${group} · ${title}`, rows)),
  ];
}

const groupTable = ({ group, title, rows }) => [
  '',
  `## ${group} · ${title}`,
  '',
  '| id | what | stack | state |',
  '| --- | --- | --- | --- |',
  ...rows.map((judged) => `| ${judged.row.id} | ${cell(judged.row.text)} | ${judged.row.stack} | ${stateCell(judged)} |`),
];

function stateCell({ row, state, tests }) {
  const list = tests.map((test) => `<br>· ${cell(test.title)} (${cell(test.file)})`).join('');
  if (state === 'proven by intent') return `**proven by intent**, superseded by ${row.supersededBy.join(', ')}${list}`;
  if (state === "a person's") return `**a person's**; Sternway's part: ${cell(row.sternway)} (${list ? `proven)${list}` : 'not yet)'}`;
  if (state === 'not yet' && row.kind === 'intent') return `not yet (superseded by ${row.supersededBy.join(', ')})`;
  return state === 'proven' ? `**proven**${list}` : state;
}
