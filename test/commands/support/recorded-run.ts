import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Programs that only write down how they were called: nothing that a script asks for is done. */
const PLAIN = [
  'chmod', 'chown', 'cmp', 'command', 'cp', 'curl', 'cut', 'date', 'docker', 'docker-compose', 'find', 'flock', 'fuser', 'getent', 'git', 'grep', 'gzip', 'head', 'install', 'journalctl', 'kill', 'ln', 'ls', 'mkdir', 'mount', 'mv', 'nginx',
  'pgrep', 'python3', 'readlink', 'rm', 'rmdir', 'sed', 'sha256sum', 'sleep', 'sort', 'stat', 'sync', 'systemctl', 'tail', 'tar', 'touch', 'tr', 'venv-python', 'wc',
];
/** `ANSWER_name` in the environment is what the program prints. */
// One write a call: two programs of a pipe write at the same time.
const RECORD = `printf '%s\\0' "\${0##*/}" "$@" '\u0001' >> "$CALLS"`;
const ANSWER = `eval "answer=\\\${ANSWER_$(printf %s "\${0##*/}" | /usr/bin/tr -c 'a-z0-9' '_')-}"; [ -z "$answer" ] || printf '%s\\n' "$answer"`;

export interface Recorded {
  /** Each call: the program and its arguments, byte for byte. */
  readonly calls: readonly (readonly string[])[];
  readonly said: string;
}

/** A folder with the programs, and nothing else on the PATH of what is run. */
export class RecordedRuns {
  readonly #bin: string;
  readonly #log: string;

  constructor(readonly folder: string) {
    this.#bin = join(folder, 'bin');
    this.#log = join(folder, 'calls');
    mkdirSync(this.#bin);
    const program = (name: string, lines: string): void => {
      writeFileSync(join(this.#bin, name), `#!/bin/sh\n${lines}\n`);
      chmodSync(join(this.#bin, name), 0o755);
    };
    for (const name of PLAIN) program(name, `${RECORD}\n${ANSWER}`);
    program('date', `${RECORD}; exec /bin/date "$@"`);
    program('pgrep', `${RECORD}; echo $$`);
    // A text from a here-document is an argument as well; what has names gives the answer.
    program('cat', `if [ $# = 0 ]; then text=$(/bin/cat; printf x); set -- "\${text%x}"; ${RECORD}; printf %s "$1"; else ${RECORD}; ${ANSWER}; fi`);
    // Those that run others do so, with a real shell.
    program('sh', 'exec /bin/sh "$@"');
    program('env', 'exec /usr/bin/env "$@"');
    program('runuser', `user=$2; shift 3; a=$1; (set -- -u "$user"; ${RECORD}); exec "$@"`);
    program('unshare', 'shift; exec "$@"');
  }

  /** A file that only writes down how it was called. */
  program(path: string): void {
    symlinkSync(join(this.#bin, 'touch'), path);
  }

  /** Runs a script in a real shell, in its own folder `at`. */
  run(script: string, at: string, answers: Readonly<Record<string, string>> = {}): Recorded {
    writeFileSync(this.#log, '');
    const file = join(this.folder, 'script');
    writeFileSync(file, script);
    const env = { PATH: this.#bin, CALLS: this.#log, LC_ALL: 'C.UTF-8', HOME: '/root', ...Object.fromEntries(Object.entries(answers).map(([name, text]) => [`ANSWER_${name.replaceAll(/[^a-z0-9]/g, '_')}`, text])) };
    const { stdout, stderr, error } = spawnSync('/bin/sh', [file], { cwd: at, env, encoding: 'utf8', timeout: 60_000 });
    if (error) throw error;
    const calls = existsSync(this.#log) ? readFileSync(this.#log, 'utf8').split('\u0001\0').slice(0, -1).map((call) => call.split('\0').slice(0, -1)) : [];
    return { calls, said: stdout + stderr };
  }
}
