import { createHash } from 'node:crypto';
import { join } from 'node:path';
import ts from 'typescript';

/**
 * The compiler, kept warm: a line takes it a second or two, where a new process takes ten times that.
 * @param {string} root a repository whose src/ compiles
 * @returns {(file: string, source: string) => boolean} whether src/ compiles with this text in place of the file's (relative to the root)
 * @throws {Error} when src/ does not compile as it is
 */
export function compiler(root) {
  const { options, fileNames } = parsed(join(root, 'tsconfig.build.json'));
  const host = ts.createCompilerHost(options, true);
  const read = host.getSourceFile.bind(host);
  const kept = new Map();
  let other;
  host.getSourceFile = (name, ...rest) => {
    if (name === other?.name) return versioned(ts.createSourceFile(name, other.source, ...rest), other.source);
    if (!kept.has(name)) kept.set(name, versioned(read(name, ...rest), host.readFile(name) ?? ''));
    return kept.get(name);
  };
  const whole = ts.createSemanticDiagnosticsBuilderProgram(fileNames, options, host);
  if (!holds(whole)) throw new Error(`src/ of ${root} does not compile: see npm run typecheck`);
  return (file, source) => {
    other = { name: join(root, file), source };
    return holds(ts.createSemanticDiagnosticsBuilderProgram(fileNames, options, host, whole), other.name);
  };
}

/** With isolated modules the builder would look at the changed file alone, and not at those that import from it. */
function parsed(path) {
  const found = ts.getParsedCommandLineOfConfigFile(path, { noEmit: true, isolatedModules: false }, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: ({ messageText }) => { throw new Error(String(messageText)); } });
  return { options: found.options, fileNames: found.fileNames };
}

/** The builder tells by versions which files another one affects. */
function versioned(file, text) {
  if (file) file.version = createHash('sha256').update(text).digest('hex');
  return file;
}

/** The changed file first, and the rest only while nothing is wrong. */
function holds(builder, changed) {
  const file = changed === undefined ? undefined : builder.getSourceFile(changed);
  if (file && builder.getSyntacticDiagnostics(file).length > 0) return false;
  for (let next = builder.getSemanticDiagnosticsOfNextAffectedFile(); next; next = builder.getSemanticDiagnosticsOfNextAffectedFile()) {
    if (next.result.length > 0) return false;
  }
  return true;
}
