import type { Screen } from './renderer';

const EVERY = 125;

/**
 * The lines at the bottom of a terminal that are drawn over, and what scrolls away above them. The cursor stays below the last
 * line, so whatever else prints, or an end at any moment, leaves a readable screen.
 */
export class LiveLines {
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `lines`: what to draw now, each no wider than the screen. */
  constructor(
    private readonly screen: Screen,
    private readonly lines: () => string[],
  ) {}

  /** Prints lines that stay, above the ones that move. */
  print(text: readonly string[]): void {
    this.screen.write(`${this.#wipe()}${text.map((line) => `${line}\n`).join('')}`);
    this.draw();
  }

  /** Draws now, and again a few times a second while there is something to draw. */
  draw(): void {
    const lines = this.lines();
    if (lines.length > 0 || this.#drawn > 0) this.screen.write(`${this.#wipe()}${lines.map((line) => `${line}\n`).join('')}`);
    this.#drawn = lines.length;
    if (lines.length > 0) this.#timer ??= setInterval(() => this.draw(), EVERY);
    else this.#rest();
  }

  /** Takes the moving lines away for good. */
  close(): void {
    this.#rest();
    if (this.#drawn > 0) this.screen.write(this.#wipe());
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #wipe(): string {
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A\r\x1b[J` : '';
    this.#drawn = 0;
    return up;
  }
}
