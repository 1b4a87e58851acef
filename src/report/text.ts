import type { Event, TaskEnd } from '../events/events';
import { RunState } from '../events/state';
import { oneLine } from './escape';
import { failures, phaseTimes } from './phases';
import type { CommandLine } from './shell';
import { notesLines } from './release-notes';
import { outputOf, place, remarks } from './task-line';
import { duration, moment } from './time';
import { seenTo, toldLines } from './told';
import { answers, standing, verdict } from './verdict';
import { fit, wrap } from './width';

const COLUMNS = 80;
const OUTPUT_LINES = 12;

/**
 * The report of a run as plain text, for a person at two in the morning: first what the hosts are, then why, what failed with its
 * last words, where the time went, what was taken back, and the next command. Ends with a line break; safe to print.
 */
export function textReport(events: readonly Event[], command: CommandLine): string {
  const state = RunState.of(events);
  const parts = [head(state), outcome(state, command), facts(state), written(state), failed(state), questions(state, command), times(events), takenBack(state), told(state), decided(events), next(state, command)];
  return `${parts.filter((lines) => lines.length > 0).map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function head(state: RunState): string[] {
  const { app, environment, workflow } = state.started ?? { app: '?', environment: '?', workflow: 'deploy' };
  const what = workflow === 'rollback' ? `rollback of ${state.release ?? 'what is live'}` : (state.release ?? '?');
  return [oneLine([`${app}/${environment}`, what, state.deployment ?? 'no deployment id yet'].join('  ·  '))];
}

function outcome(state: RunState, command: CommandLine): string[] {
  if (!state.ended) return hanging(`${state.waiting ? 'BLOCKED' : 'STILL RUNNING'}: it ${standing(state)}`);
  const { title, sentence } = verdict(state.ended, command);
  return hanging(`${title}: ${sentence}`);
}

function facts({ started, ended, plan, gates, turnedBack, stored }: RunState): string[] {
  if (!started) return [];
  const who = [oneLine(started.by), ...(started.via ? [`(${oneLine(started.via)})`] : []), ...(started.reason ? [`- ${oneLine(started.reason)}`] : [])].join(' ');
  return [
    ...entry('started', `${moment(started.at)} by ${who}`),
    ...(ended ? entry('ended', `${moment(ended.at)}, after ${duration(ended.seconds)}`) : []),
    ...(plan ? entry('hosts', oneLine(plan.hosts.join(', '))) : []),
    ...(plan ? entry('before', oneLine(plan.previous ?? 'nothing that Sternway knows')) : []),
    ...(gates?.verdicts ?? []).flatMap(({ gate, sentence }) => entry('gate', oneLine(`${gate}: ${sentence}`))),
    ...(plan?.adopted ?? []).flatMap((each) => entry('adopted', oneLine(each))),
    ...(turnedBack ? entry('cause', `${turnedBack.cause}, ${moment(turnedBack.at)}: ${oneLine(turnedBack.sentence)}`) : []),
    ...(stored?.where ?? []).flatMap((file) => entry('kept at', oneLine(file))),
    ...(stored?.sentence ? entry('not kept', oneLine(stored.sentence)) : []),
  ];
}

/** What a person wrote for the release. */
function written({ releaseNotes }: RunState): string[] {
  return releaseNotes ? notesLines(releaseNotes).flatMap(([title, texts]) => [title, ...texts.flatMap((text) => paragraph(text, '  '))]) : [];
}

function failed(state: RunState): string[] {
  const found = [...failures(state.steps).map((end) => ended(end, '')), ...failures(state.undos).map((end) => ended(end, 'undo: '))];
  return found.length === 0 ? [] : ['What failed', ...found.flat()];
}

function ended(end: TaskEnd, way: string): string[] {
  const extra = [`phase ${oneLine(end.phase)}`, `after ${duration(end.program ?? end.seconds)}`, ...remarks(end)].join(', ');
  const output = outputOf(end, OUTPUT_LINES).map((line) => `      | ${line}`);
  return [...paragraph(`${way}${oneLine(end.title)} · ${place(oneLine(end.host))} (${extra})`, '  '), ...paragraph(oneLine(end.sentence ?? ''), '    '), ...output];
}

function questions(state: RunState, command: CommandLine): string[] {
  if (state.questions.size === 0) return [];
  return ['Waits for an answer', ...[...state.questions.values()].flatMap(({ task, sentence, hold }) => [...paragraph(oneLine(sentence), '  '), ...commands(answers(task, hold, command), '    ')])];
}

function times(events: readonly Event[]): string[] {
  const found = phaseTimes(events);
  if (found.length === 0) return [];
  const line = ({ phase, back, seconds, tasks }: (typeof found)[number]): string =>
    `  ${fit(`${back ? 'back: ' : ''}${oneLine(phase)}`, 18)}${duration(seconds).padStart(12)}   ${tasks} ${tasks === 1 ? 'task' : 'tasks'}`;
  return ['Time by phase', ...found.map(line)];
}

function takenBack({ undos, ended }: RunState): string[] {
  const done = new Map<string, string[]>();
  for (const { title, host, result, kind } of undos) {
    if (result === 'done' && kind === 'change') done.set(title, [...(done.get(title) ?? []), place(oneLine(host))].sort());
  }
  const skipped = ended?.skipped ?? [];
  const ahead = ended?.schemaAhead ?? [];
  return [
    ...(done.size > 0 ? ['Taken back', ...[...done].map(([title, hosts]) => `  ${oneLine(title)} · ${hosts.join(', ')}`)] : []),
    ...(skipped.length > 0 ? ['NOT taken back', ...skipped.map((each) => `  ${oneLine(each)}`)] : []),
    ...(ahead.length > 0 ? ['Schema that stayed, being additive', ...ahead.map((each) => `  ${oneLine(each)}`)] : []),
  ];
}

/** Who was told what, and who could not be told. */
function told(state: RunState): string[] {
  const lines = state.told.flatMap((event) => {
    const { good, bad } = toldLines(event);
    return [...good, ...bad].flatMap((line) => paragraph(`${moment(event.at)}  ${line}`, '  '));
  });
  return lines.length === 0 ? [] : ['Messages', ...lines];
}

function decided(events: readonly Event[]): string[] {
  const found = events.flatMap((event) => (event.type === 'decided' ? [{ at: event.at, what: `${event.task}: ${event.answer}, by ${event.by}: ${event.reason}` }] : event.type === 'acknowledged' ? [{ at: event.at, what: seenTo(event) }] : []));
  return found.length === 0 ? [] : ['Decisions', ...found.flatMap(({ at, what }) => paragraph(`${moment(at)}  ${oneLine(what)}`, '  '))];
}

function next(state: RunState, command: CommandLine): string[] {
  if (!state.ended) return ['Next', ...commands([{ command: command('follow'), purpose: 'to watch it' }, { command: command('rollback'), purpose: 'to turn it back' }], '  ')];
  const offered = verdict(state.ended, command).next.filter(({ purpose }) => purpose !== 'the whole story');
  return offered.length === 0 ? [] : ['Next', ...commands(offered, '  ')];
}

function commands(offered: readonly { command: string; purpose: string }[], indent: string): string[] {
  return offered.flatMap(({ command, purpose }) => [`${indent}${command}`, `${indent}    ${purpose}`]);
}

function entry(name: string, value: string): string[] {
  return wrap(value, COLUMNS - 10).map((line, index) => `${fit(index === 0 ? name : '', 10)}${line}`);
}

/** The first column is ours: what a host said never begins a line there, however it is broken. */
function hanging(text: string): string[] {
  return wrap(text, COLUMNS - 2).map((line, n) => (n === 0 ? line : `  ${line}`));
}

function paragraph(text: string, indent: string): string[] {
  return wrap(text, COLUMNS - indent.length).map((line) => indent + line);
}
