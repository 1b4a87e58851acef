/** Work that is due some time after a deployment or a rollback, for people. */
import { z } from 'zod';
import { DEFAULTS } from '../defaults';
import { RUNBOOK } from '../follow-ups';
import { unique } from './app';
import { describe, rule, section } from './field';
import { line, plainName } from './text';
import { choice, duration } from './values';

/** What a task may follow. What could not be taken back whole counts as `rolled-back`. */
export const FOLLOWED = ['deployed', 'rolled-back'] as const;

const task = section('Something that people see to.', {
  name: describe(plainName('check-orders'), { doc: 'Its name, for `sternway done`.' }),
  after: describe(duration('1s', '365d'), { doc: 'When it is due: so long after the deployment or the rollback has ended.', example: '24h' }),
  what: describe(z.array(line({ example: 'compare the number of orders with last week' })).min(1), {
    doc: 'What is to be done, point by point.',
    expects: 'a list of at least one line',
    example: '[compare the number of orders with last week]',
  }),
  on: describe(z.array(choice(FOLLOWED)).min(1), {
    doc: 'After what. An end that leaves something undone counts as `rolled-back`.',
    expects: `a list of at least one of ${FOLLOWED.join(', ')}`,
    example: '[deployed]',
  }).prefault([...DEFAULTS.follow_ups.on]),
  remind: describe(duration('1s', '30d'), { doc: 'Time to the first reminder once it is due; each one after it comes twice as late, up to 16 times. Default: that of the section.', example: '4h' }).optional(),
});

const fields = section('Work that is due after a deployment or a rollback. The team is told when it is, and reminded until somebody says `sternway done`.', {
  preset: describe(choice(['runbook']), {
    doc: 'Adds the tasks of the runbook: `after-1-hour`, `after-24-hours` and `after-1-week` when deployed; `after-rollback` (1 h), `incident-report` (24 h) and `post-mortem` (2 d) when rolled back. A task of the same name replaces one of them.',
  }).optional(),
  tasks: describe(z.array(task), { doc: 'What is to be done.', example: '[{ name: check-orders, after: 24h, what: [compare the number of orders with last week] }]' }).prefault([]),
  remind: describe(duration('1s', '30d'), { doc: 'Time to the first reminder, for tasks that name none.', example: '4h' }).prefault(DEFAULTS.follow_ups.remind),
});

export const followUps = rule(fields, ['preset', 'tasks'], ({ preset, tasks }, report) => {
  unique(tasks, (path, ...rest) => report(['tasks', ...path], ...rest), 'task');
  if (preset === undefined && tasks.length === 0) report(['tasks'], 'must have at least one task (got none)', 'add one, or preset: runbook');
}).transform(({ preset, ...value }) => {
  const added = preset === undefined ? [] : RUNBOOK.filter(({ name }) => !value.tasks.some((own) => own.name === name));
  return { ...value, tasks: [...value.tasks, ...added.map((each) => task.parse(each))] };
});
