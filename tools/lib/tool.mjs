import { PrepareError } from './run.mjs';

/**
 * Runs a tool to its exit code. A mistake in what was asked for is told with the usage (2), what cannot be had as a sentence (1), anything else as the
 * bug it is (1).
 * @param {{ usage: string, wanted: () => T, main: (asked: T) => Promise<number> }} tool `wanted` reads the arguments and throws for a mistake
 * @template T
 */
export async function runTool({ usage, wanted, main }) {
  let asked;
  try {
    asked = wanted();
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exitCode = 2;
    return;
  }
  try {
    process.exitCode = await main(asked);
  } catch (error) {
    console.error(error instanceof PrepareError ? error.message : error);
    process.exitCode = 1;
  }
}
