/** Reading a file of YAML that a person wrote: whatever is wrong with it is said with its line. */
import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument, visit, type Document, type ErrorCode, type Node } from 'yaml';
import { ConfigError, type Problem } from './errors';
import type { LineOf } from './parse';
import { UserError } from './user-error';

/**
 * The values in a file, and the line of each. Touches nothing else. `absent`: what to say where there is no such file.
 * @throws ConfigError where it is not good YAML, UserError when it cannot be read
 */
export function readYaml(file: string, absent: string): { readonly document: unknown; readonly lineOf: LineOf } {
  const lines = new LineCounter();
  const document = parseDocument(readText(file, absent), { lineCounter: lines, prettyErrors: false, version: '1.2' });
  const broken = syntaxProblems(document, lines);
  if (broken.length > 0) throw new ConfigError(file, broken);
  return { document: toPlain(document, file), lineOf: lineFinder(document, lines) };
}

function readText(file: string, absent: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new UserError(absent);
    if (code === 'EISDIR') throw new UserError(`${file} is a directory: name the file in it`);
    if (code === 'EACCES' || code === 'EPERM') throw new UserError(`${file} cannot be read by this user (${code}): change its owner or mode`);
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw new UserError(`${file} is not a text file in UTF-8: save it as one`);
    throw new UserError(`${file} cannot be read (${code ?? String(error)}): check the path`);
  }
}

const SYNTAX_HINTS: Partial<Record<ErrorCode, string>> = {
  DUPLICATE_KEY: 'keep one of the two',
  TAB_AS_INDENT: 'indent with spaces',
  MULTIPLE_DOCS: 'keep one document in the file',
  TAG_RESOLVE_FAILED: 'write plain values, without tags',
};

function syntaxProblems(document: Document, lines: LineCounter): Problem[] {
  const problems = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    code,
    path: '',
    problem: `is not good YAML: ${message.split('\n')[0]?.trim()}`,
    hint: SYNTAX_HINTS[code] ?? 'check the indentation, quotes and brackets here and in the line before',
    line: lines.linePos(pos[0]).line,
  }));
  visit(document, {
    Pair: (_, { key }) => {
      const { value, range } = key as { value?: unknown; range?: Node['range'] };
      // JavaScript would take it for something else, so nobody would see it again.
      if (value !== '__proto__') return;
      problems.push({ code: 'BAD_ALIAS', path: '', problem: 'has the key __proto__', hint: 'take it out', line: lines.linePos(range?.[0] ?? 0).line });
    },
  });
  // After a first structural mistake the parser only guesses; a key given twice leads to no other.
  const first = problems.find(({ code }) => code !== 'DUPLICATE_KEY');
  return problems.filter((problem) => problem.code === 'DUPLICATE_KEY' || problem === first).map(({ code: _, ...problem }) => problem);
}

function toPlain(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new ConfigError(file, [{ path: '', problem: `is not good YAML: ${(error as Error).message}`, hint: 'write the values out instead of using aliases' }]);
  }
}

/** Where the value stands, or what is nearest around it: a missing field is reported at its section. */
function lineFinder(document: Document, lines: LineCounter): LineOf {
  return (keys) => {
    for (let depth = keys.length; depth > 0; depth -= 1) {
      const node = document.getIn(keys.slice(0, depth), true) as Node | undefined;
      if (node?.range) return lines.linePos(node.range[0]).line;
    }
    return undefined;
  };
}
