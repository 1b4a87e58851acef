import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger, type BundleOptions, type WorkflowBundleOption } from '@temporalio/worker';
import { version } from '@temporalio/worker/package.json';
import { inputsOf, readBundle, writeBundle } from './bundle-cache';
import { cacheDir } from './cache';
import { failureConverterPath, isEncrypting } from './converter';

const here = path.resolve(__dirname, '..');
const made = new Map<string, Promise<WorkflowBundleOption>>();

/**
 * Sternway's workflows for Worker.create: built beforehand (`npm run build`), else from the cache, else bundled now, which takes
 * seconds. Once per process. With a codec configured it is the bundle whose failures are encoded.
 * @throws Error with what the bundler said
 */
export function workflowBundle(options: { encodeFailures?: boolean } = {}): Promise<WorkflowBundleOption> {
  const encodeFailures = options.encodeFailures ?? isEncrypting();
  const prebuilt = prebuiltPath(encodeFailures);
  if (path.basename(here) === 'dist' && existsSync(prebuilt)) return Promise.resolve({ codePath: prebuilt });
  return bundleOf({ workflowsPath: sourcePath(), encodeFailures });
}

/** Where the build puts a bundle. */
export function prebuiltPath(encodeFailures: boolean): string {
  return path.join(here, encodeFailures ? 'workflow-bundle-encoded.js' : 'workflow-bundle.js');
}

/** `index.ts` when run from source, `index.js` from dist. */
export function sourcePath(): string {
  return path.join(here, 'workflows', `index${path.extname(__filename)}`);
}

/** Bundles any workflows, once per process, through the cache. `workflowsPath`: absolute. */
export function bundleOf(options: { workflowsPath: string; encodeFailures: boolean; cache?: string }): Promise<WorkflowBundleOption> {
  const { workflowsPath, encodeFailures } = options;
  const file = path.join(options.cache ?? path.join(cacheDir(), 'bundles'), `${keyOf(workflowsPath, encodeFailures)}.json`);
  const known = made.get(file);
  if (known !== undefined) return known;
  const making = fromCacheOrNew(workflowsPath, encodeFailures, file);
  made.set(file, making);
  // What failed may be mended, as by a developer at his watch mode.
  making.catch(() => made.delete(file));
  return making;
}

async function fromCacheOrNew(workflowsPath: string, encodeFailures: boolean, file: string): Promise<WorkflowBundleOption> {
  const cached = readBundle(file);
  if (cached !== undefined) return { code: cached };
  const begun = Date.now();
  const { code, read, lookedFor } = await bundle(workflowsPath, encodeFailures);
  const inputs = inputsOf(read, lookedFor, begun);
  if (inputs !== undefined) writeBundle(file, code, inputs);
  return { code };
}

/** Bundles now. `read` and `lookedFor`: the files that went in, and the paths where there was none. */
export async function bundle(workflowsPath: string, encodeFailures: boolean): Promise<{ code: string; read: Set<string>; lookedFor: Set<string> }> {
  const said: string[] = [];
  const read = new Set<string>();
  const lookedFor = new Set<string>();
  const remember: NonNullable<BundleOptions['webpackConfigHook']> = (config) => ({
    ...config,
    plugins: [
      ...(config.plugins ?? []),
      (compiler) =>
        compiler.hooks.done.tap('sternway', ({ compilation }) => {
          for (const name of compilation.fileDependencies) read.add(name);
          for (const name of compilation.missingDependencies) lookedFor.add(name);
        }),
    ],
  });
  try {
    const { code } = await bundleWorkflowCode({
      workflowsPath,
      logger: new DefaultLogger('WARN', ({ message }) => said.push(message)),
      webpackConfigHook: remember,
      // A malformed payload from any client must not hang a deployment: see payload-converter.ts.
      payloadConverterPath: path.join(here, 'workflows', `payload-converter${path.extname(__filename)}`),
      ...(encodeFailures ? { failureConverterPath } : {}),
    });
    return { code, read, lookedFor };
  } catch (error) {
    // The bundler lists every module before it comes to its errors.
    const errors = said.map((text) => text.slice(Math.max(0, text.indexOf('ERROR in'))));
    throw new Error(`The workflows in ${workflowsPath} cannot be bundled: ${[...errors, (error as Error).message].join('\n')}`, { cause: error });
  }
}

/** Everything but the sources that decides what a bundle is. */
function keyOf(workflowsPath: string, encodeFailures: boolean): string {
  return createHash('sha256').update(JSON.stringify([version, process.version, workflowsPath, encodeFailures, 'payload-converter'])).digest('hex').slice(0, 16);
}
