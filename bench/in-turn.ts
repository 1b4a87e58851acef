import { STEPS } from './way';

/** Runs `step` as often as a run has commands, one after the other. Milliseconds. */
export async function inTurn(step: (n: number) => Promise<void>): Promise<{ total: number; steps: number[] }> {
  const steps: number[] = [];
  const begun = performance.now();
  let last = begun;
  for (let n = 0; n < STEPS; n++) {
    await step(n);
    const now = performance.now();
    steps.push(now - last);
    last = now;
  }
  return { total: last - begun, steps };
}
