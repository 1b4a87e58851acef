import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);

/**
 * Every way of taking one line out of a file that leaves a program, and another one. Comments, types and lines that hold only a part of what
 * cannot be without it are none.
 * @param {string} path absolute; `.py` or `.ts`
 * @returns {{ line: number, text: string, how: 'deleted' | 'pass' | 'always', source: string }[]} `how`: what was done to the line; in place
 *   of a line that a block needs `pass` is put, in place of a condition one that always holds
 */
export function mutantsOf(path) {
  const lines = readFileSync(path, 'utf8').split('\n');
  const found = path.endsWith('.py') ? inPython(path) : inTypeScript(lines);
  return found.map(({ line, how, source }) => ({ line, text: lines[line - 1].trim(), how, source }));
}

function inPython(path) {
  return JSON.parse(execFileSync('python3', ['-I', join(import.meta.dirname, 'lines.py'), path], { encoding: 'utf8', maxBuffer: 1 << 28 }));
}

function inTypeScript(lines) {
  const before = compiled(lines.join('\n'));
  return lines.flatMap((text, at) => {
    if (text.trim() === '' || /^\s*(\/\/|\*|\/\*)/.test(text)) return [];
    for (const [how, instead] of waysOf(text)) {
      const source = [...lines.slice(0, at), ...(instead === null ? [] : [instead]), ...lines.slice(at + 1)].join('\n');
      const after = compiled(source);
      if (after !== null && after !== before) return [{ line: at + 1, how, source }];
    }
    return [];
  });
}

function waysOf(text) {
  return [['deleted', null], ...(/^\s*(\} else )?if \(.*\{$/.test(text) ? [['always', text.replace(/if \(.*\{$/, '{')]] : [])];
}

/** What runs of it; null: it is no program. */
function compiled(source) {
  const ts = require('typescript');
  const { outputText, diagnostics } = ts.transpileModule(source, { reportDiagnostics: true, compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, removeComments: true } });
  return diagnostics.length > 0 ? null : outputText;
}
