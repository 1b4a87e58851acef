// Runs a command before the viewer's eyes, and lets the demo say something in the middle of its output.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onPath } from '../lib/run.mjs';
import { columns, prompt, write } from './screen.mjs';

/** How the commands take away their moving lines before they print: what is said right then stands above them. */
const WIPE = /\x1b\[\d+A\r\x1b\[J/;
/** Longer than any command takes: images are built in it, on a machine that may have other things to do. */
const LIMIT_MS = 600_000;
const running = new Set();

/** Ends what runs before the viewer's eyes: at once, for it only follows. What runs on the hosts is not touched by it. */
export function endCommands() {
  for (const child of running) child.kill('SIGKILL');
}

/**
 * @param {string[]} shown the command as a person would type it
 * @param {string[]} run program and arguments
 * @param {{ cwd: string, env: object, meanwhile?: (say: (line: string) => void, inTime: InTime) => Promise<void> }} options
 *   `meanwhile` starts with the command; when it fails the command is ended and its error thrown. What it waits for it waits for
 *   with `inTime(what, promise)`, which fails when the command ends before.
 * @returns {Promise<{ code: number, seconds: number }>}
 */
export async function runShown(shown, run, { cwd, env, meanwhile = async () => undefined }) {
  write(prompt(shown));
  const began = Date.now();
  const [program, ...args] = onTerminal(run);
  // A session of its own: Ctrl-C is for the demo, which then ends it.
  const child = spawn(program, args, { cwd, env: { ...env, COLUMNS: String(columns()) }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  running.add(child);
  let late = false;
  const limit = setTimeout(() => (late = child.kill('SIGKILL')), LIMIT_MS);
  const said = saying(child);
  const ended = once(child, 'close');
  try {
    const early = (what) => ended.then(([code]) => Promise.reject(new Error(`the command ended with ${code} before ${what}`)));
    const aside = meanwhile(said.say, (what, promise) => Promise.race([promise, early(what)])).catch((error) => {
      child.kill('SIGKILL');
      throw error;
    });
    const [[code]] = await Promise.all([ended, aside]);
    said.flush();
    if (late) throw new Error(`the command had not ended after ${LIMIT_MS / 60_000} minutes`);
    return { code: code ?? 1, seconds: (Date.now() - began) / 1000 };
  } finally {
    clearTimeout(limit);
    running.delete(child);
  }
}

/** The command shows itself as to a person only on a terminal: where the viewer sits at one, it gets one of its own. */
function onTerminal(run) {
  const script = process.stdout.isTTY ? onPath('script') : undefined;
  const quoted = run.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  return script ? [script, '--quiet', '--return', '--flush', '--command', `exec ${quoted}`, '/dev/null'] : run;
}

/**
 * Passes the command's output on. What the demo says meanwhile is put in where nothing is overwritten: on a terminal above the
 * moving lines, which are drawn anew several times a second; in a log at once.
 */
function saying(child) {
  const pending = [];
  const flush = () => write(pending.splice(0));
  const pass = (text) => process.stdout.write(process.stdout.isTTY && pending.length > 0 ? withPending(text, pending) : text);
  child.stdout.setEncoding('utf8').on('data', pass);
  child.stderr.setEncoding('utf8').on('data', (text) => process.stdout.write(text));
  return {
    say: (line) => {
      pending.push(line);
      if (!process.stdout.isTTY) flush();
    },
    flush,
  };
}

/** The text with the pending lines after the first wipe in it, and they pend no more; as it was when there is none. */
export function withPending(text, pending) {
  return text.replace(WIPE, (wipe) => wipe + pending.splice(0).map((line) => `${line}\n`).join(''));
}
