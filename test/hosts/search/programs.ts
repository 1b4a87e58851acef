import { sh, type RemoteCommand } from '../../../src/commands/remote-command';
import type { Behaviour, Step } from './operations';

/** One line a program wrote about itself: nanoseconds, what, the token it ran under, its pid. */
export interface Line {
  readonly at: number;
  readonly kind: 'F' | 'U' | 'DRAINED';
  readonly step: string;
  readonly event: string;
  readonly code: number | null;
  readonly epoch: number;
  readonly pid: string;
}

const say = (log: string): string => `say() { printf '%s %s %s %s\\n' "$(date +%s%N)" "$1" "$EPOCH" $$ >> ${log}; }`;

/** The real programs of a step: each says when it starts and, as its last act, how it will end. */
export function programs(step: Step, log: string, trial: string, epoch: number, behaviour: Behaviour): { run: RemoteCommand; undo: RemoteCommand } {
  const env = { TRIAL: trial, EPOCH: String(epoch) };
  const daemon = `setsid sh -c 'trap "" TERM; while :; do printf "%s F:${step}:tick %s x\\n" "$(date +%s%N)" "$EPOCH" >> ${log}; sleep 0.03; done' &`;
  const run = [
    say(log), behaviour.ignoresTerm ? 'trap "" TERM' : '', `say F:${step}:start`, behaviour.leavesDaemon ? daemon : '',
    `sleep ${behaviour.seconds}`, `say F:${step}:end:${behaviour.code}`, `exit ${behaviour.code}`,
  ];
  const undo = [
    say(log), `say U:${step}:start`, `sleep ${behaviour.undoSeconds}`,
    `if [ "$(grep -c ' U:${step}:start ' ${log})" -le ${behaviour.undoFailures} ]; then say U:${step}:end:1; exit 1; fi`, `say U:${step}:end:0`,
  ];
  return { run: sh(run, { env }), undo: sh(undo, { env }) };
}

/** Reads the log; the order of its lines is the order in which they were appended. */
export function parseLog(text: string): Line[] {
  return text.split('\n').filter(Boolean).map((line) => {
    const [at = '', what = '', epoch = '', pid = ''] = line.split(' ');
    const [kind = '', step = '', event = '', code] = what.split(':');
    return { at: Number(at) / 1e6, kind: kind as Line['kind'], step, event, code: code === undefined ? null : Number(code), epoch: Number(epoch), pid };
  });
}
