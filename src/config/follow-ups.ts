/** What the runbooks want done afterwards, as it would be written in sternway.yml. */
interface Task {
  readonly name: string;
  readonly after: string;
  readonly what: readonly string[];
  readonly on: readonly ('deployed' | 'rolled-back')[];
}

export const RUNBOOK: readonly Task[] = [
  {
    name: 'after-1-hour', after: '1h', on: ['deployed'],
    what: [
      'look for new errors in Sentry',
      'compare response times with those before the deployment',
      'see that every health check passes',
      'read the logs of the app, of nginx and of the app server for warnings and errors',
      'see that Celery works on its tasks',
      'look at CPU, memory and disk',
    ],
  },
  {
    name: 'after-24-hours', after: '1d', on: ['deployed'],
    what: [
      'compare performance with the baseline of before, the database included, and look for patterns in the errors',
      'read what users say: feedback and tickets; try what they do most',
      'see that the backup was completed and its copy is where it should be',
      'bring the documentation up to date: the steps back of this version, known issues and workarounds',
      'tag the Docker images, where there are any',
    ],
  },
  {
    name: 'after-1-week', after: '7d', on: ['deployed'],
    what: [
      'hold the review of the deployment: what went well, what was hard, what is to be better',
      'write down what was learned, and tell the team',
      'bring the runbook, its procedures and its documentation up to date',
      'plan what is made better in the process: each point with a person and a date',
      'plan what is automated: the report lists the steps that waited for people',
      'plan how people are told better: the report lists the messages with their times',
    ],
  },
  {
    name: 'after-rollback', after: '1h', on: ['rolled-back'],
    what: ['look for trouble that the rollback itself has made', 'read what users report', 'verify that the data are consistent', 'confirm that nothing is left of the problem', 'tell users and stakeholders that it is over, and when they hear more'],
  },
  {
    name: 'incident-report', after: '1d', on: ['rolled-back'],
    what: ['complete the incident report (sternway report --format markdown): what happened, why, impact, resolution, prevention', 'write down why it was rolled back and what came of it', 'schedule the analysis', 'send the report to stakeholders, and tell users what happened in their words'],
  },
  {
    name: 'post-mortem', after: '2d', on: ['rolled-back'],
    what: [
      'hold the post-mortem: what made the rollback necessary, and its root causes',
      'bring the rollback procedures up to date',
      'tell the team what was found, and stakeholders what follows from it',
      'plan what prevents it: each measure with a person and a date',
      'plan monitoring and alerts: the report shows which checks saw the failure',
      'plan the tests that would have caught it',
      'plan what of the rollback can be automated: the report lists what was blocked or held',
      'train the team in the way back; sternway done post-mortem --note says who took part',
    ],
  },
];
