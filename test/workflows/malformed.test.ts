// What is no JSON at all, from whatever client: it must neither hang a deployment nor be lost.
import { expect, test } from 'vitest';
import { expectBack } from './support/expect';
import { Site } from './support/site';
import { useTemporal } from './support/use-temporal';

const temporal = useTemporal();
test.for([
  ['json/plain', 'looks wrong'],
  ['json/plain', ''],
  ['binary/sealed', '\u0000'],
  ['', 'x'],
] as const)('a rollback signal whose payload is "%s" %j still takes the hosts back', async ([encoding, data]) => {
  const site = new Site(`malformed-${Buffer.from(encoding + data).toString('hex')}`);
  const slow = site.hold('forward 06-stop-the-app@web-1');
  const handle = await temporal.runs.deploy(site);
  await site.happened('forward 06-stop-the-app@web-1 began');
  await temporal.client.workflowService.signalWorkflowExecution({
    namespace: 'default', workflowExecution: { workflowId: site.id }, signalName: 'rollback',
    input: { payloads: [{ metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(data) }] },
  });
  slow.open();
  const ended = await temporal.runs.ended(handle);
  expectBack(site, ended);
  expect(ended.failure?.message).toBe('rollback asked for by somebody through Temporal. web-1, web-2 back on v1, as before');
});
