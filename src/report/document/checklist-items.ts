import type { PlannedStep } from '../../events/events';

/** `not-done`: the plan has it, and it failed, was not reached, or was taken back. */
export type ItemState = 'done' | 'not-done' | 'not-applicable' | 'person';

export interface Item {
  /** 1 to 18. */
  readonly item: number;
  readonly text: string;
  readonly state: ItemState;
  /** By which step it was done, or why not. */
  readonly why: string;
}

/** How an item of the runbook's checklist is known. */
export interface Known {
  readonly text: string;
  /** The planned steps that carry it out; all of them must be done. Absent: no step does. */
  readonly by?: (step: PlannedStep) => boolean;
  /** Where the plan has no such step. */
  readonly without: { readonly state: 'not-applicable' | 'person'; readonly why: string };
}

const change = (phase: string, title = /./) => (step: PlannedStep): boolean => step.phase === phase && step.kind === 'change' && title.test(step.title);
const check = (phase: string, title = /./) => (step: PlannedStep): boolean => step.phase === phase && step.kind === 'check' && title.test(step.title);
const named = (title: RegExp) => (step: PlannedStep): boolean => title.test(step.title);
const person = (why: string): Known['without'] => ({ state: 'person', why });
const absent = (why: string): Known['without'] => ({ state: 'not-applicable', why });

/** The runbook's 18 items, in its order. Titles are those of src/plan; a test compares them with real plans. */
export const CHECKLIST: readonly Known[] = [
  { text: 'Team notified (24 h ahead)', without: person('no record of it here') },
  { text: 'Code tagged in Git', by: named(/^fetch the release$/), without: person('no step fetched a tag') },
  { text: 'Pre-deployment backup created', by: (step) => change('backup')(step) || named(/^(final dump of the database|copy the dump off the host)$/)(step), without: person('the plan has no backup') },
  { text: 'Environment variables verified', by: named(/^the environment has every name/), without: person('the release names none that it needs (env.required_from)') },
  { text: 'Tests passing', by: named(/^tests of the release$/), without: person('the plan runs no tests') },
  { text: 'Maintenance mode enabled (if needed)', by: change('close'), without: absent('the site is not closed') },
  { text: 'Services stopped', by: change('stop', /^stop /), without: absent('nothing ran before that had to be stopped') },
  { text: 'Code updated to the new version', by: change('switch', /^switch /), without: absent('the plan changes no code') },
  { text: 'Dependencies installed', by: named(/^(virtual environment|build the images)$/), without: absent('the plan installs none') },
  { text: 'Database migrations run', by: change('migrate', /^migrate/), without: absent('the app has no database that Sternway migrates') },
  { text: 'Static files collected', by: named(/^collect static files$/), without: absent('the app collects none') },
  { text: 'Services started', by: change('start'), without: absent('the plan starts none') },
  { text: 'Maintenance mode disabled', by: change('open', /open the site/), without: absent('the site is not closed') },
  { text: 'Health checks verified', by: check('check'), without: person('the plan has no check of the new release') },
  { text: 'API endpoints tested', by: check('open'), without: person('the plan has no check of what users get') },
  { text: 'Error logs checked', by: named(/logs no error/), without: person('no check of the plan reads the logs') },
  { text: 'Monitoring dashboards checked', by: named(/^what is measured is within its limits/), without: person('no check of the plan reads the metrics (verify: 3)') },
  { text: 'Team notified (deployment complete)', without: person('no record of it here') },
];
