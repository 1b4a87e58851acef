// Lets a tool use the repository's TypeScript modules without a build step.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { repo } from './paths.mjs';

const require = createRequire(join(repo, 'package.json'));

/** Loads a TypeScript module, path relative to the repository's root: `load('testbed/index.ts')`. Needs node_modules. */
export function load(path) {
  require.extensions['.ts'] ??= compile;
  return require(join(repo, path));
}

function compile(module, file) {
  const ts = require('typescript');
  const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
    fileName: file,
    // Node16 keeps `import()` as it is, which is how TypeScript here reaches the .mjs tools.
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16, inlineSourceMap: true },
  });
  module._compile(outputText, file);
}
