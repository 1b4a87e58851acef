import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import ts from 'typescript';

const root = path.resolve(__dirname, '../..');

/**
 * A tree as an installation has it, with src/temporal and what it imports compiled into dist, and the fixtures' workflows in
 * place of the real ones: for what can be seen only from a process of its own.
 */
export function compiled(): { root: string; remove(): void } {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'compiled-'));
  symlinkSync(path.join(root, 'node_modules'), path.join(directory, 'node_modules'));
  cpSync(path.join(root, 'src/temporal'), path.join(directory, 'src/temporal'), { recursive: true });
  compile(path.join(root, 'src/temporal'), path.join(directory, 'dist/temporal'));
  compile(path.join(root, 'src/config'), path.join(directory, 'dist/config'), ['user-error.ts']);
  compile(path.join(__dirname, 'fixtures'), path.join(directory, 'dist/workflows'));
  // The fixtures reach src from where they lie; here their neighbour is what tsc makes of it.
  const workflows = readFileSync(path.join(directory, 'dist/workflows/workflows.js'), 'utf8');
  writeFileSync(path.join(directory, 'dist/workflows/index.js'), workflows.replaceAll('../../../src/', '../'));
  return { root: directory, remove: () => rmSync(directory, { recursive: true }) };
}

function compile(from: string, to: string, names = readdirSync(from).filter((name) => name.endsWith('.ts'))): void {
  mkdirSync(to, { recursive: true });
  for (const name of names) {
    const { outputText } = ts.transpileModule(readFileSync(path.join(from, name), 'utf8'), {
      fileName: path.join(from, name),
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, isolatedModules: true },
    });
    writeFileSync(path.join(to, name.replace(/\.ts$/, '.js')), outputText);
  }
}
