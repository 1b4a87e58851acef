/** Something that others wait for until it is opened. */
export class Gate {
  readonly opened: Promise<void>;
  open!: () => void;
  constructor() {
    this.opened = new Promise((resolve) => (this.open = resolve));
  }
}

/** Wakes whoever waits for a condition whenever something changes. */
export class Changes {
  #next = new Gate();

  announce(): void {
    const now = this.#next;
    this.#next = new Gate();
    now.open();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.#next.opened;
  }
}
