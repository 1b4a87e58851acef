import type { Event, Question, TaskEnd } from '../../events/events';
import { secondsBetween } from '../../events/read';
import type { RunState } from '../../events/state';
import { oneLine } from '../../report/escape';
import type { CommandLine } from '../../report/shell';
import { outputOf, place, remarks } from '../../report/task-line';
import { duration } from '../../report/time';
import { seenTo, toldLines } from '../../report/told';
import { answers, stageTitle, verdict } from '../../report/verdict';
import { planLine, planRemarks } from './plan-line';
import type { Renderer, Screen } from './renderer';

const OUTPUT_LINES = 20;

/** For logs: one line an event, with the time since the run began; nothing is ever drawn over. */
export function plainRenderer(out: Screen, command: CommandLine): Renderer {
  let last = '0.0s';
  const line = (mark: string, text: string): void => out.write(`${last.padStart(9)}  ${mark.padEnd(8)} ${text}\n`.trimEnd() + '\n');
  const detail = (lines: readonly string[]): void => lines.forEach((text) => out.write(`${' '.repeat(20)}${text}\n`));
  const ended = (end: TaskEnd, back: boolean): void => {
    const took = [duration(end.seconds), ...remarks(end)].join(', ');
    line(end.result === 'done' ? 'ok' : end.result === 'failed' ? 'FAILED' : 'let go', `${name(end, back)} (${took})`);
    if (end.result !== 'failed') return;
    detail(outputOf(end, OUTPUT_LINES).map((text) => `| ${text}`));
    if (end.sentence) detail([oneLine(end.sentence)]);
  };
  const asked = (questions: readonly Question[], state: RunState): void => {
    for (const { task, sentence } of questions) {
      detail([oneLine(sentence)]);
      for (const { command: text, purpose } of answers(task, state.questions.get(task)?.hold ?? false, command)) detail([`${text}    # ${purpose}`]);
    }
  };
  const tell = (event: Event, state: RunState): void => {
    switch (event.type) {
      case 'started':
        return line('start', oneLine(`${event.workflow} ${event.app}/${event.environment} ${event.release ?? ''} ${event.deployment ?? ''} by ${event.by}${event.reason ? `: ${event.reason}` : ''}`));
      case 'stage-started':
        return line('...', stageTitle(event.stage));
      case 'stage-ended':
        line(event.result === 'done' ? 'ok' : 'FAILED', `${stageTitle(event.stage)} (${duration(event.seconds)}${event.attempts > 1 ? `, ${event.attempts} attempts` : ''})`);
        return event.sentence ? detail([oneLine(event.sentence)]) : undefined;
      case 'planned':
        line('plan', oneLine(`${event.deployment}: ${planLine(event)}`));
        return detail(planRemarks(event.adopted, event.notes));
      case 'gates-passed':
        return event.verdicts.forEach(({ gate, sentence }) => line('gate', oneLine(`${gate}: ${sentence}`)));
      case 'step-started':
      case 'undo-started':
        return line('...', name(event, event.type === 'undo-started'));
      case 'step-ended':
      case 'undo-ended':
        return ended(event, event.type === 'undo-ended');
      case 'retrying':
        return line('again', oneLine(`${event.what}: attempt ${event.attempt}, for the one before failed: ${event.sentence}`));
      case 'turned-back':
        return line('BACK', oneLine(`${event.cause}: ${event.sentence}`));
      case 'blocked':
        return line('BLOCKED', oneLine(`${event.task}: ${event.sentence}`));
      case 'hold':
        return line('HOLD', oneLine(`${event.task}: ${event.sentence}`));
      case 'decided':
        return line('answer', oneLine(`${event.task}: ${event.answer}, by ${event.by}: ${event.reason}`));
      case 'told': {
        const { good, bad } = toldLines(event);
        return [...good, ...bad].forEach((text) => line('people', text));
      }
      case 'acknowledged':
        return line('answer', oneLine(seenTo(event)));
      case 'report-stored':
        return event.sentence === null ? event.where.forEach((file) => line('report', oneLine(`kept at ${file}`))) : line('report', oneLine(`could not be kept: ${event.sentence}`));
      case 'waiting':
        line('WAITING', 'for a person; nothing else can go on');
        return asked(event.questions, state);
      case 'stuck':
        return line('STUCK', oneLine(`the worker cannot go on and tries again: ${event.sentence}`));
      case 'ended': {
        const { title, sentence, next } = verdict(event, command);
        line('end', `${title} after ${duration(event.seconds)}`);
        detail([sentence, ...next.map(({ command: text, purpose }) => `${text}    # ${purpose}`)]);
      }
    }
  };
  return {
    event(event, state) {
      // A retry is timed by when it was noticed elsewhere; the log's clock only goes forward.
      if (state.started && event.type !== 'retrying') last = `${secondsBetween(state.started.at, event.at).toFixed(1)}s`;
      tell(event, state);
    },
    notice: (sentence) => line('notice', oneLine(sentence)),
    close: () => undefined,
  };
}

function name({ title, phase, host }: { title: string; phase: string; host: string }, back: boolean): string {
  return oneLine(`${back ? 'undo ' : ''}${phase}: ${title} · ${place(host)}`);
}
