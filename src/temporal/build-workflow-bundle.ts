// The last part of `npm run build`: node dist/temporal/build-workflow-bundle.js
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundle, prebuiltPath, sourcePath } from './bundle';
import { failureConverterPath } from './converter';

/** Puts the workflow bundles into dist, and what tsc does not copy. */
async function build(): Promise<void> {
  copyFileSync(path.resolve(__dirname, '../../src/temporal', path.basename(failureConverterPath)), failureConverterPath);
  for (const encodeFailures of [false, true]) {
    const { code } = await bundle(sourcePath(), encodeFailures);
    writeFileSync(prebuiltPath(encodeFailures), code);
  }
}

if (require.main === module) {
  build().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
