import type { BakeStatus, FreezeSummary, RequestSummary, RunSummary, Standing } from '../../client';
import { oneLine } from '../../report/escape';
import { ago, moment } from '../../report/time';
import { seenTo, toldLines } from '../../report/told';
import { answers, bakeAnswers, standing } from '../../report/verdict';
import { wrap } from '../../report/width';
import { withClient } from '../connect';
import { readContexts, type Context } from '../context';
import type { EnvironmentOptions, ServerOptions } from '../options';
import { jsonLine } from '../render/json';
import { styleFor, type Style } from '../render/style';
import { isInteractive, stdout } from '../screen';

type Options = EnvironmentOptions & ServerOptions;
type Now = Standing & { readonly requests: readonly RequestSummary[]; readonly freeze: FreezeSummary | null };

export async function status(options: Options): Promise<void> {
  const contexts = readContexts(options);
  await withClient(options, async (sternway) => {
    const found = await Promise.all(
      contexts.map(async (context) => {
        const { target } = context;
        const [standing, requests, freeze] = await Promise.all([sternway.describe(target), sternway.requests.all(target), sternway.requests.freezeOf(target)]);
        return { context, now: { ...standing, requests, freeze } };
      }),
    );
    found.sort((one, other) => urgency(other.now) - urgency(one.now));
    const style = styleFor(isInteractive());
    for (const [index, { context, now }] of found.entries()) {
      if (options.json) stdout.write(`${jsonLine(asJson(context, now))}\n`);
      else stdout.write(`${index > 0 ? '\n' : ''}${text(context, now, style).join('\n')}\n`);
    }
  });
}

function urgency({ running, doubt, bake }: Standing): number {
  return running?.state.waiting ? 3 : (running && running.state.questions.size > 0) || bake?.holding ? 2 : doubt ? 1 : 0;
}

function text(context: Context, now: Now, style: Style): string[] {
  const { target, command } = context;
  const { running, head, doubt, last, bake } = now;
  const { strong, bad, dim } = style;
  const lines = [strong(`${target.app}/${target.environment}`)];
  if (running) {
    const { summary, state } = running;
    const what = [summary.workflow === 'rollback' ? 'rollback' : (summary.release ?? 'a release'), ...(summary.deployment ? [`(${summary.deployment})`] : [])].join(' ');
    lines.push(...entry(state.waiting ? bad('BLOCKED') : 'running', 7, oneLine(`${what}, by ${summary.by ?? 'somebody'}, since ${since(summary.startedAt)}`)));
    lines.push(...entry('', 0, oneLine(standing(state))));
    for (const { task, hold } of state.questions.values()) lines.push(...answers(task, hold, command).flatMap((each) => [`              ${strong(each.command)}`, dim(`                  ${each.purpose}`)]));
    if (state.acknowledged) lines.push(...entry('', 0, oneLine(`${seenTo(state.acknowledged)} (${ago(state.acknowledged.at, new Date())})`)));
    const escalated = state.told.findLast(({ moment: about }) => about === 'escalation');
    if (escalated && !state.acknowledged) lines.push(...entry('', 0, `${toldLines(escalated).good.join('; ')}, ${ago(escalated.at, new Date())}; nobody has answered`), `              ${strong(command('ack'))}`, dim('                  to say that you see to it'));
    if (!state.waiting) lines.push(...entry('', 0, command('follow')));
  } else {
    lines.push(...entry('running', 7, 'nothing'));
  }
  lines.push(...entry('live', 4, oneLine(live(context, now))));
  if (bake) lines.push(...watched(context, bake, style));
  if (now.freeze) lines.push(...entry(bad('FROZEN'), 6, oneLine(`${now.freeze.until === null ? 'until somebody ends it' : `until ${moment(now.freeze.until)}`}, by ${now.freeze.by}: ${now.freeze.reason}`)), ...entry('', 0, command('thaw')));
  for (const request of now.requests) lines.push(...waits(context, request));
  if (doubt) lines.push(...entry(bad('in doubt'), 8, oneLine(`${name(doubt)} left the hosts in doubt ${ago(doubt.endedAt ?? doubt.startedAt, new Date())}: ${doubt.sentence ?? doubt.status}`)));
  if (last && last.run !== head?.run && last.run !== doubt?.run) lines.push(...entry('last', 4, oneLine(`${name(last)} ${last.outcome ?? ''} ${ago(last.endedAt ?? last.startedAt, new Date())}: ${last.sentence ?? last.status}`)));
  return lines;
}

/** A deployment at its gates: those that are not open, and the command that shows the rest. */
function waits({ command }: Context, { deployment, release, by, requestedAt, gates, remarks }: RequestSummary): string[] {
  const closed = gates.filter(({ state }) => state !== 'open').map(({ gate, sentence }) => `${gate}: ${sentence}`);
  return [
    ...entry('waits', 5, oneLine(`${release ?? 'a release'} (${deployment}), by ${by ?? 'somebody'}, since ${since(requestedAt)}`)),
    ...[...closed, ...remarks].flatMap((each) => entry('', 0, oneLine(each))),
    ...entry('', 0, command('follow', deployment)),
  ];
}

/** The bake: how far it is, what each threshold said last, and what it waits for. */
function watched({ command }: Context, { release, deployment, stage, stages, until, holding, said, at }: BakeStatus, { strong, bad, dim }: Style): string[] {
  const lines = entry('watched', 7, oneLine(`${release} (${deployment}), stage ${stage} of ${stages}, until ${moment(until)}${said.length === 0 ? '; not looked at yet' : ''}`));
  for (const sentence of said) lines.push(...entry('', 0, oneLine(sentence)));
  if (at !== null) lines.push(...entry('', 0, `as of ${ago(at, new Date())}`));
  if (!holding) return lines;
  lines.push(...entry(bad('HOLD'), 4, oneLine(`waits for a person since ${since(holding.since)}; the release stays live meanwhile: ${holding.because.join('; ')}`)));
  for (const each of bakeAnswers(command)) lines.push(`              ${strong(each.command)}`, dim(`                  ${each.purpose}`));
  return lines;
}

function live({ command }: Context, { head, before }: Standing): string {
  if (head) return `${head.release ?? '?'} (${head.deployment ?? '?'}), since ${since(head.endedAt ?? head.startedAt)}, by ${head.by ?? 'somebody'}`;
  if (before !== null) return `${before}, as before the deployments that Temporal knows`;
  return `not known to Temporal, which keeps runs for a time only; ${command('check')} asks the hosts`;
}

function asJson({ target }: Context, { running, head, before, doubt, last, bake, requests, freeze }: Now): object {
  const now = running && { ...running.summary, waiting: running.state.waiting, acknowledged: running.state.acknowledged ?? null, questions: [...running.state.questions.values()], steps: [...running.state.running.values()] };
  return { v: 1, type: 'status', ...target, running: now, live: head, before, doubt, last, bake, requests, freeze };
}

/** A word in the margin (`columns` wide as printed) and what it says, wrapped beside it. */
function entry(label: string, columns: number, value: string): string[] {
  return wrap(value, 66).map((line, index) => `  ${index === 0 ? label + ' '.repeat(10 - columns) : ' '.repeat(10)}${line}`);
}

function name({ workflow, release, deployment }: RunSummary): string {
  return workflow === 'rollback' ? `the rollback of ${deployment ?? 'what was live'}` : `${release ?? 'a release'} (${deployment ?? '?'})`;
}

function since(iso: string): string {
  return `${moment(iso)} (${ago(iso, new Date())})`;
}

