// What a run costs in the history: far below Temporal's limits, and nothing left behind.
import { expect, test } from 'vitest';
import type { Step } from '../../src/plan/plan';
import { expectBack } from './support/expect';
import { STEPS } from './support/plan';
import { Site } from './support/site';
import { useTemporal } from './support/use-temporal';

const temporal = useTemporal();

/** Twenty changes on both hosts, each script of the size of a large real one. */
const steps = Array.from({ length: 20 }, (_, n): Step => {
  const phase = n < 10 ? 'prepare' : 'switch';
  const command = { script: `${'echo a line of a script of some length\n'.repeat(50)}` };
  const base = STEPS[3];
  if (!base) throw new Error('unreachable');
  return { ...base, id: `${String(n + 1).padStart(2, '0')}-change`, phase, tasks: { 'web-1': { run: command, undo: command }, 'web-2': { run: command, undo: command } } };
});

test('twenty steps on two hosts, there and back, stay below a twentieth of what a history may hold', async () => {
  const site = new Site('size', { steps });
  site.fail('forward 20-change@web-2');
  const ended = await temporal.runs.ended(await temporal.runs.deploy(site));
  expectBack(site, ended);
  const { historySize = 0, historyLength } = ended.description;
  expect(historyLength).toBeLessThan(51_200 / 20);
  expect(historySize).toBeLessThan((50 * 1024 * 1024) / 20);
});
