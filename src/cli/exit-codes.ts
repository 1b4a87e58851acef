import type { Ended } from '../events/events';

/** What the exit codes of `sternway` mean: stable, documented in docs/exit-codes.md, which a test compares with this table. */
export const EXIT_CODES = [
  [0, 'done', 'Deployed; or the rollback that was asked for is done; or the question was answered.'],
  [1, 'defect', 'Sternway itself failed: a defect, its own server ended, or Temporal failed a request.'],
  [2, 'usage', 'The command line, the configuration or the connection is wrong. Nothing was started.'],
  [10, 'failed', 'The deployment failed and was taken back: the hosts are as before.'],
  [11, 'blocked', 'A person is needed: it waits for a decision, ended incomplete, or was ended from outside without a way back.'],
  [12, 'refused', 'Refused: nothing was changed.'],
  [13, 'turnedBack', 'Taken back because somebody asked for it or cancelled it: the hosts are as before.'],
  [14, 'busy', 'Another run holds the environment. Nothing was started.'],
  [15, 'running', 'Still running, but no longer followed.'],
] as const;

export type ExitName = (typeof EXIT_CODES)[number][1];
export type ExitCode = (typeof EXIT_CODES)[number][0];

export const EXIT = Object.fromEntries(EXIT_CODES.map(([code, name]) => [name, code])) as Record<ExitName, ExitCode>;

/** What a finished run means for whoever asked for `wish`: for a rollback it does not matter which workflow did it. */
export function exitFor(ended: Ended, wish: 'deploy' | 'rollback'): ExitCode {
  switch (ended.outcome) {
    case 'deployed':
      return wish === 'deploy' ? EXIT.done : EXIT.refused;
    case 'rolled-back':
      if (wish === 'rollback') return EXIT.done;
      return isRequest(ended) ? EXIT.turnedBack : EXIT.failed;
    case 'unchanged':
      if (ended.failure === 'Busy') return EXIT.busy;
      if (!isRequest(ended)) return EXIT.refused;
      return wish === 'rollback' ? EXIT.done : EXIT.turnedBack;
    case 'incomplete':
    case 'unknown':
      return EXIT.blocked;
  }
}

function isRequest({ cause, failure, status }: Ended): boolean {
  return cause === 'signal' || cause === 'cancel' || failure === 'Withdrawn' || status === 'cancelled';
}
