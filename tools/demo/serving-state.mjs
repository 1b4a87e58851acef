// The serving state of the host, by testbed/digest.py: a script that knows nothing of Sternway and reads everything anew.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repo } from '../lib/paths.mjs';

const SCRIPT = '/root/digest.py';
const SHORT = 12;

/** Puts the script on the host, to look at the shop; the command for it. */
export async function putScript(host) {
  await host.put(SCRIPT, readFileSync(join(repo, 'testbed', 'digest.py')));
  return `python3 ${SCRIPT}`;
}

export class ServingState {
  #host;
  #command;

  /** @param {string} command the digest's, to which options can be added */
  constructor(host, command) {
    this.#host = host;
    this.#command = command;
  }

  /** @returns {Promise<Reading>} the state at this moment */
  async read() {
    const { code, stdout, stderr } = await this.#host.run(`${this.#command} --json`);
    if (code !== 0) throw new Error(`the serving state cannot be read: ${stderr.trim()}`);
    return new Reading(JSON.parse(stdout));
  }
}

export class Reading {
  constructor({ digest, sections }) {
    this.digest = digest;
    this.sections = sections;
  }

  get short() {
    return this.digest.slice(0, SHORT);
  }

  /** The names of the sections that differ. */
  differsFrom(other) {
    return Object.keys(this.sections).filter((name) => this.sections[name].hash !== other.sections[name]?.hash);
  }

  /** Each entry that differs, a line each: for a promise that was not kept. */
  differences(before) {
    return this.differsFrom(before).flatMap((section) => {
      const [was, is] = [before.sections[section]?.entries ?? {}, this.sections[section].entries];
      const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort().filter((key) => was[key] !== is[key]);
      return keys.map((key) => `${section}: ${key}: was ${was[key] ?? 'absent'}, is ${is[key] ?? 'absent'}`);
    });
  }
}
