import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RemoteCommand } from '../../../src/commands/remote-command';
import { run, type Answer } from './run';

/** Programs by which our scripts change something. */
const CHANGING = ['mv', 'rm', 'ln', 'cp', 'mkdir', 'rmdir', 'install', 'find', 'chown', 'tar', 'sync', 'touch'];

export interface Deaths {
  /** Runs the command until its n-th change is done (0: until before the first), then kills the shell that runs it. */
  readonly dieAfter: (n: number, command: RemoteCommand) => Answer;
  /** How many changes the command makes when nobody kills it; it runs to its end. */
  readonly count: (command: RemoteCommand) => number;
}

/**
 * Stands in for the programs in front of PATH: each counts, does its work, and at the chosen number kills its parent, so a
 * script dies between any two of its changes, in the middle of an `if` too. `behind`: folders of other stand-ins.
 */
export function deaths(folder: string, behind: readonly string[] = []): Deaths {
  const bin = join(folder, 'bin');
  const counter = join(folder, 'count');
  mkdirSync(bin, { recursive: true });
  for (const program of CHANGING) {
    const real = `PATH=\${PATH#${bin}:} ${program} "$@"`;
    const script = `#!/bin/sh\n[ "$DIE_AFTER" != 0 ] || { kill -9 $PPID; exit 137; }\nread n < ${counter}; n=$((n + 1)); echo $n > ${counter}\n${real}\ncode=$?\n[ "$n" != "$DIE_AFTER" ] || kill -9 $PPID\nexit $code\n`;
    writeFileSync(join(bin, program), script);
    chmodSync(join(bin, program), 0o755);
  }
  const under = (dieAfter: number, command: RemoteCommand): Answer => {
    writeFileSync(counter, '0\n');
    return run(command, { path: [bin, ...behind], env: { DIE_AFTER: String(dieAfter) } });
  };
  return {
    dieAfter: under,
    count(command) {
      const { code, stderr } = under(-1, command);
      if (code !== 0) throw new Error(`exit ${code}: ${stderr}`);
      const count = Number(readFileSync(counter, 'utf8'));
      rmSync(counter);
      return count;
    },
  };
}
