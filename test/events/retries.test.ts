import { expect, test } from 'vitest';
import { Sternway, type Event } from '../../src/client';
import { Site } from '../workflows/support/site';
import { useTemporal } from '../workflows/support/use-temporal';

const temporal = useTemporal();

/** Its connection to a host is lost at the first attempts. */
class Flaky extends Site {
  #losses = 2;
  override async task(input: Parameters<Site['task']>[0]): ReturnType<Site['task']> {
    if (input.step.id === '07-migrate' && this.#losses-- > 0) throw new Error('web-1: the connection was lost');
    return await super.task(input);
  }
}

test('an attempt that failed and is made again is told while the step still runs, and counted at its end', async () => {
  const site = temporal.sites.add(new Flaky('flaky'));
  const gate = site.hold('forward 07-migrate@web-1');
  const sternway = new Sternway(temporal.client);
  const run = await sternway.startDeployment({ app: 'flaky', environment: 'production', release: 'v2', deployment: 'd1', by: 'ada', via: 'cli', reason: '' });
  const events: Event[] = [];
  for await (const event of sternway.follow(run)) {
    events.push(event);
    if (event.type === 'retrying') gate.open();
  }
  expect(events.find(({ type }) => type === 'retrying')).toMatchObject({ what: '07-migrate@web-1', sentence: 'web-1: the connection was lost' });
  expect(events.find((event) => event.type === 'step-ended' && event.step === '07-migrate')).toMatchObject({ result: 'done', attempts: 3 });
  expect(events.at(-1)).toMatchObject({ outcome: 'deployed' });
});
