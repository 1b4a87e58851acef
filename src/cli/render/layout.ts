import { oneLine } from '../../report/escape';
import { place } from '../../report/task-line';
import type { Next } from '../../report/verdict';
import { cut, fit, width, wrap } from '../../report/width';
import type { Screen } from './renderer';
import type { Style } from './style';

/** Longer lines are harder to read, not easier. */
const WIDEST = 100;
const TIME_COLUMNS = 13;

/** Lines that fit the screen, whatever is in them. */
export class Layout {
  constructor(
    private readonly screen: Screen,
    private readonly style: Style,
  ) {}

  /** Columns to use; one stays free, for some terminals break a line that fills them all. */
  get width(): number {
    return Math.min(Math.max(this.screen.columns, 40), WIDEST) - 1;
  }

  /** A mark, what it is about, where, and how long: one line, never longer. `mark` takes one column. */
  row(mark: string, title: string, middle: string, time: string): string {
    const room = this.width - 4 - TIME_COLUMNS;
    const right = cut(oneLine(middle), Math.floor(room * 0.45));
    const left = fit(oneLine(title), room - width(right) - 1);
    return `  ${mark} ${left} ${this.style.dim(right)}${this.style.dim(time.padStart(TIME_COLUMNS))}`;
  }

  paragraph(text: string, indent: string): string[] {
    return wrap(text, this.width - indent.length).map((line) => indent + line);
  }

  banner(paint: (text: string) => string, title: string, sentence: string, time = ''): string[] {
    return [`${paint(title)}${time ? this.style.dim(`  after ${time}`) : ''}`, ...this.paragraph(sentence, '  ')];
  }

  commands(next: readonly Next[]): string[] {
    return next.flatMap(({ command, purpose }) => [`    ${this.style.strong(command)}`, `        ${this.style.dim(purpose)}`]);
  }
}

/** `web-1 web-2`, or how many where they are many. */
export function hosts(names: readonly string[]): string {
  const unique = [...new Set(names)].sort();
  return unique.length > 3 ? `${unique.length} hosts` : unique.map(place).join(' ');
}
