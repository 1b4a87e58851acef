// What was raised is taken down, newest first, whether the demo ends well, fails, or is stopped.
import { say } from '../lib/progress.mjs';

/** Exit codes of a process that a signal ended, as shells give them. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

export class Cleanup {
  #undos = [];
  #stopped = false;
  #halt;
  #halted = new Promise((_resolve, reject) => (this.#halt = reject));

  constructor() {
    this.#halted.catch(() => undefined);
  }

  /** `undo` is called once, when everything added after it is gone. */
  add(undo) {
    this.#undos.push(undo);
  }

  /** @throws Error once somebody has asked to stop: nothing more is to be raised */
  check() {
    if (this.#stopped) throw new Error('stopped');
  }

  /** What the promise gives, unless somebody asks to stop before: then it is not waited for. */
  async unlessStopped(promise) {
    return await Promise.race([promise, this.#halted]);
  }

  /**
   * As {@link add} for something that is still being raised: were it stopped half way, nobody would know of it.
   * @param {Promise<T>} raising
   * @param {(raised: T) => Promise<void>} undo
   * @returns {Promise<T>} `raising`
   */
  whenRaised(raising, undo) {
    this.add(async () => {
      const raised = await raising.catch(() => undefined);
      if (raised !== undefined) await undo(raised);
    });
    return raising;
  }

  /** Takes everything down. What cannot be taken down is said, and does not keep the rest up. */
  async run() {
    for (let undo = this.#undos.pop(); undo; undo = this.#undos.pop()) {
      try {
        await undo();
      } catch (error) {
        process.stderr.write(`npm run demo: not cleaned up: ${error.message}\n`);
      }
    }
  }

  /** The exit code, once somebody presses Ctrl-C or ends the demo, after `first`; a second time it ends at once. */
  onSignal(first) {
    return new Promise((resolve) => {
      for (const [signal, code] of Object.entries(SIGNALS)) {
        process.on(signal, () => {
          // Hosts and processes end with this one, at the latest.
          if (this.#stopped) process.exit(code);
          this.#stopped = true;
          this.#halt(new Error('stopped'));
          first();
          process.stderr.write('\n');
          say('stopping', 'taking down what was raised; once more to leave at once');
          resolve(code);
        });
      }
    });
  }
}
