import type { CommandLine } from '../report/shell';
import { jsonRenderer } from './render/json';
import { plainRenderer } from './render/plain';
import type { Renderer, Screen } from './render/renderer';
import { styleFor } from './render/style';
import { TerminalRenderer } from './render/terminal';
import { isCi } from './values';

export const stdout: Screen = screenOf(process.stdout);
export const stderr: Screen = screenOf(process.stderr);

/** Whether a person may sit before this command, to read what moves and to answer. */
export function isInteractive(): boolean {
  return process.stdout.isTTY === true && !isCi();
}

export function rendererFor(command: CommandLine, json: boolean): Renderer {
  if (json) return jsonRenderer(stdout, stderr);
  if (!isInteractive() || process.env.TERM === 'dumb') return plainRenderer(stdout, command);
  return new TerminalRenderer(stdout, styleFor(true), command);
}

function screenOf(stream: NodeJS.WriteStream): Screen {
  return {
    write: (text) => void stream.write(text),
    get columns() {
      return stream.columns || Number(process.env.COLUMNS) || 80;
    },
  };
}
