import type { Event, TaskEnd } from '../../events/events';
import { secondsBetween } from '../../events/read';
import type { RunState } from '../../events/state';
import { oneLine } from '../../report/escape';
import type { CommandLine } from '../../report/shell';
import { outputOf, place, remarks } from '../../report/task-line';
import { duration } from '../../report/time';
import { seenTo, toldLines } from '../../report/told';
import { answers, stageTitle, verdict } from '../../report/verdict';
import { cut, width } from '../../report/width';
import { Groups, type Group } from './groups';
import { hosts, Layout } from './layout';
import { LiveLines } from './live';
import { planLine, planRemarks } from './plan-line';
import type { Renderer, Screen } from './renderer';
import type { Style } from './style';

const OUTPUT_LINES = 12;

/** For people: a line a step, those under way at the bottom with their time running, phases as headings, the way back in its own colour. */
export class TerminalRenderer implements Renderer {
  readonly #groups = new Groups();
  readonly #layout: Layout;
  readonly #live: LiveLines;
  readonly #opened = Date.now();
  #state: RunState | undefined;
  #heading = '';
  /** Milliseconds by which the server's clock is behind ours; running times are counted on the server's. */
  #lag = Infinity;

  constructor(
    screen: Screen,
    private readonly style: Style,
    private readonly command: CommandLine,
  ) {
    this.#layout = new Layout(screen, style);
    this.#live = new LiveLines(screen, () => this.#moving());
  }

  event(event: Event, state: RunState): void {
    this.#state = state;
    // Events of the past come in a burst; the newest one seen is nearest to now.
    if (event.type !== 'retrying') this.#lag = Math.min(this.#lag, Math.max(0, Date.now() - Date.parse(event.at)));
    this.#live.print(this.#lines(event, state));
  }

  notice(sentence: string): void {
    this.#live.print(this.#layout.paragraph(oneLine(sentence), '  ').map(this.style.back));
  }

  close(): void {
    this.#live.close();
  }

  #lines(event: Event, state: RunState): string[] {
    const { style } = this;
    switch (event.type) {
      case 'started':
        return this.#head(event);
      case 'stage-started':
      case 'retrying':
        return [];
      case 'stage-ended':
        return this.#stage(event);
      case 'gates-passed':
        return event.verdicts.flatMap(({ gate, sentence }) => this.#layout.paragraph(oneLine(`${gate}: ${sentence}`), '  ').map(style.dim));
      case 'planned':
        this.#groups.planned(event);
        return [`  ${style.dim(cut(oneLine(planLine(event)), this.#layout.width - 2))}`, ...planRemarks(event.adopted, event.notes).map((line) => `  ${line}`)];
      case 'step-started':
      case 'undo-started':
        this.#groups.started(event);
        return this.#phase(event.phase, event.type === 'undo-started');
      case 'step-ended':
      case 'undo-ended':
        return this.#ended(event, event.type === 'undo-ended');
      case 'turned-back':
        // A failure has just been told in its own lines.
        return [...this.#flush(), '', ...this.#layout.banner(style.back, `${style.marks.back} GOING BACK`, event.cause === 'failure' ? '' : oneLine(event.sentence))];
      case 'blocked':
      case 'hold':
        return [];
      case 'decided':
        return [style.strong(`  ${cut(oneLine(`${event.task}: ${event.answer}, by ${event.by}: ${event.reason}`), this.#layout.width - 2)}`)];
      case 'told': {
        const { good, bad } = toldLines(event);
        return [...good.map((line) => `  ${style.dim(cut(line, this.#layout.width - 2))}`), ...bad.flatMap((line) => this.#layout.paragraph(line, '  ').map(style.back))];
      }
      case 'acknowledged':
        return [style.strong(`  ${cut(oneLine(seenTo(event)), this.#layout.width - 2)}`)];
      case 'report-stored':
        return event.sentence === null ? event.where.map((file) => `  ${style.dim(cut(oneLine(`report kept at ${file}`), this.#layout.width - 2))}`) : this.#layout.paragraph(oneLine(`the report could not be kept: ${event.sentence}`), '  ').map(style.back);
      case 'waiting':
        return [...this.#flush(), '', ...event.questions.flatMap(({ task }) => this.#question(task, state)), ''];
      case 'stuck':
        return this.#layout.banner(style.bad, `${style.marks.failed} STUCK`, `the worker cannot go on and tries again: ${oneLine(event.sentence)}`);
      case 'ended':
        return this.#verdict(event);
    }
  }

  #head({ app, environment, release, deployment, workflow, by, reason }: Extract<Event, { type: 'started' }>): string[] {
    const { dim, strong } = this.style;
    const what = cut(oneLine(`${app}/${environment}  ${workflow === 'rollback' ? 'rollback' : (release ?? '')}`), this.#layout.width);
    const id = oneLine(deployment ?? '');
    const gap = this.#layout.width - width(what) - width(id);
    return [gap > 1 ? strong(what) + ' '.repeat(gap) + dim(id) : strong(what), dim(cut(oneLine(`by ${by}${reason ? `: ${reason}` : ''}`), this.#layout.width)), ''];
  }

  #stage({ stage, result, seconds, attempts, sentence }: Extract<Event, { type: 'stage-ended' }>): string[] {
    const { good, bad, dim, marks } = this.style;
    const done = result === 'done';
    // The claims are closed after every run: not worth a line unless it fails or takes long.
    if (stage === 'close' && done && attempts === 1 && seconds < 5) return [];
    const line = this.#layout.row(done ? good(marks.done) : bad(marks.failed), stageTitle(stage), attempts > 1 ? `${attempts} attempts` : '', duration(seconds));
    return [line, ...(sentence && !done ? this.#layout.paragraph(oneLine(sentence), '    ').map((text) => (result === 'failed' ? text : dim(text))) : [])];
  }

  #phase(phase: string, back: boolean): string[] {
    const heading = back ? `${this.style.marks.back} back: ${phase}` : phase;
    if (heading === this.#heading) return [];
    this.#heading = heading;
    return ['', back ? this.style.back(oneLine(heading)) : this.style.strong(oneLine(heading))];
  }

  #ended(end: TaskEnd, back: boolean): string[] {
    const group = this.#groups.ended(end, back);
    const failure = end.result === 'failed' ? this.#failure(end, back) : [];
    return [...failure, ...(group ? this.#group(group) : [])];
  }

  #flush(): string[] {
    return this.#groups.flush().flatMap((group) => this.#group(group));
  }

  /** The line of a step, of what went well in it; failures have had lines of their own. */
  #group({ title, kind, back, ended }: Group): string[] {
    const { good, back: yellow, dim, marks } = this.style;
    const well = ended.filter(({ result }) => result !== 'failed');
    if (well.length === 0) return [];
    const stopped = well.every(({ result }) => result === 'stopped');
    const mark = stopped ? dim(marks.stopped) : back ? yellow(kind === 'check' ? marks.done : marks.undone) : good(marks.done);
    const extra = [...new Set(well.flatMap(remarks))];
    return [this.#layout.row(mark, title, [hosts(well.map(({ host }) => host)), ...extra].join(', '), duration(Math.max(...well.map(({ seconds }) => seconds))))];
  }

  #failure(end: TaskEnd, back: boolean): string[] {
    const { bad, dim, marks } = this.style;
    const where = [place(end.host), ...remarks(end)].join(', ');
    const row = this.#layout.row(bad(marks.failed), `${back ? 'undo: ' : ''}${end.title}`, where, duration(end.seconds));
    const output = outputOf(end, OUTPUT_LINES).map((line) => dim(cut(`    | ${line}`, this.#layout.width)));
    return [row, ...output, ...this.#layout.paragraph(oneLine(end.sentence ?? ''), '    ').map(bad)];
  }

  #question(task: string, state: RunState): string[] {
    const question = state.questions.get(task);
    if (!question) return [];
    const { style } = this;
    const title = question.hold ? 'A DECISION IS NEEDED' : 'BLOCKED';
    return [...this.#layout.banner(style.bad, `${style.marks.waits} ${title}`, oneLine(question.sentence)), ...this.#layout.commands(answers(task, question.hold, this.command))];
  }

  #verdict(ended: Extract<Event, { type: 'ended' }>): string[] {
    const { good, bad, back, marks } = this.style;
    const { title, tone, sentence, next } = verdict(ended, this.command);
    const [paint, mark] = tone === 'good' ? [good, marks.done] : tone === 'back' ? [back, marks.undone] : [bad, marks.failed];
    return [...this.#flush(), '', ...this.#layout.banner(paint, `${mark} ${title}`, sentence, duration(ended.seconds)), ...this.#layout.commands(next), ''];
  }

  /** What is under way, drawn again and again. */
  #moving(): string[] {
    const state = this.#state;
    if (!state || state.ended) return [];
    const { dim, back, marks } = this.style;
    const spin = marks.spinner[Math.floor((Date.now() - this.#opened) / 125) % marks.spinner.length] ?? '';
    const stages = [...state.stages].filter(([stage]) => stage !== 'close').map(([stage, since]) => this.#layout.row(dim(spin), stageTitle(stage), '', this.#since(since)));
    const groups = this.#groups.running.flatMap((group) => {
      const of = group.running.size + group.ended.length > 1 ? `${group.ended.length} of ${group.open.size + group.ended.length}, ` : '';
      const mark = group.back ? back(spin) : dim(spin);
      return [this.#layout.row(mark, group.title, of + hosts([...group.running]), this.#since(group.since)), ...this.#trouble(group, state)];
    });
    const lines = [...stages, ...groups];
    if (lines.length > 0) return lines;
    const idle = state.waiting ? 'waiting for an answer' : state.started ? 'waiting for the worker' : '';
    return idle === '' ? [] : [this.#layout.row(dim(spin), idle, '', state.at ? this.#since(state.at) : '')];
  }

  #trouble(group: Group, state: RunState): string[] {
    const troubled = [...state.running.values()].filter(({ step, back, attempt }) => step === group.step && back === group.back && attempt !== undefined);
    return troubled.map(({ host, attempt, trouble }) => this.style.back(cut(`    ${oneLine(`${place(host)}: attempt ${attempt}, for ${trouble}`)}`, this.#layout.width)));
  }

  #since(at: string): string {
    return duration(secondsBetween(at, new Date(Date.now() - this.#lag).toISOString()));
  }
}
