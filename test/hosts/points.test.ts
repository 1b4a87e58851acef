// Where the fault campaigns strike: a point that is missing in the helper would leave its side effect untried, and no case would say so.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Host } from '../../src/hosts/host';
import { raiseHost, type TargetHost } from '../../testbed';
import { claimed, connect, inside, ownPlace, task } from './support';

const FOLDER = '/var/lib/sternway-failpoints';
let target: TargetHost;
let host: Host;

beforeAll(async () => {
  target = await raiseHost({ name: 'web-1' });
  await inside(target, `install -d -m 700 ${FOLDER}`);
  host = connect(target);
}, 300_000);

afterAll(async () => {
  await host?.disconnect();
  await target?.remove();
});

/** The points that `during` goes through, in their order, without the folder of the records. */
async function passed(root: string, during: () => Promise<unknown>): Promise<string[]> {
  await inside(target, `: > ${FOLDER}/passed`);
  await during();
  const lines = (await inside(target, `cat ${FOLDER}/passed`)).split('\n');
  return lines.map((line) => line.split(' ').slice(2).join(' ').replaceAll(`${root.replaceAll('/', '~')}~`, '')).filter((point) => !/ping$/.test(point));
}

const undone = ['launching d1~tasks~01-a~undo-1', 'before writing d1~tasks~01-a~undo-1~script', 'written d1~tasks~01-a~undo-1~script',
  'before writing d1~tasks~01-a~undo-1~started.json', 'written d1~tasks~01-a~undo-1~started.json', 'begun d1~tasks~01-a~undo-1', 'running d1~tasks~01-a~undo-1', 'ended d1~tasks~01-a~undo-1', 'exit written d1~tasks~01-a~undo-1'];

test('every side effect of the helper has its points: before and after what is written, begun, ended, settled, read, answered and refused', async () => {
  const { root } = ownPlace();
  const claim = await passed(root, () => claimed(host, root));
  expect(claim).toEqual(['asked claim', 'before writing claim.json', 'written claim.json', 'before writing claim.json', 'written claim.json', 'answering claim']);

  // One that has it already is given it, and nothing is written.
  expect(await passed(root, () => claimed(host, root))).toEqual(['asked claim', 'answering claim']);
  const token = await claimed(host, root);
  // The undo first: of what runs beside its asker nobody knows which of the two comes sooner.
  await host.start(root, task(token, '01-a', 'true'));
  const undo = await passed(root, () => host.undo(root, { ...task(token, '01-a', 'true'), mode: 'finish' }));
  expect(undo.filter((point) => undone.includes(point))).toEqual(undone);
  expect(undo.filter((point) => !undone.includes(point))).toEqual(['asked undo', 'settling d1~tasks~01-a', 'settled d1~tasks~01-a', 'answering undo']);
  expect(await passed(root, () => host.start(root, task(token, '01-a', 'true')).catch(() => undefined))).toEqual(['asked start', 'refusing start']);
  expect(await passed(root, () => host.read('true'))).toEqual(['asked read', 'reading', 'answering read']);
});

test('a point that was armed kills the helper there, or holds it until it is let go; which is told by files that only root may write', async () => {
  const { root } = ownPlace();
  const token = await claimed(host, root);
  await inside(target, `mkdir -p ${FOLDER}/armed ${FOLDER}/reached && echo hold > '${FOLDER}/armed/asked look'`);
  let answered = false;
  const look = host.look(root).then((seen) => ((answered = true), seen));
  await expect.poll(async () => await inside(target, `ls ${FOLDER}/reached`)).toBe('asked look');
  expect(answered).toBe(false);
  await inside(target, `rm '${FOLDER}/reached/asked look'`);
  expect((await look).claim?.epoch).toBe(token.epoch);
  // Nothing strikes twice.
  expect((await host.look(root)).claim?.epoch).toBe(token.epoch);
  await inside(target, `echo kill > '${FOLDER}/armed/answering look'`);
  await expect(host.look(root)).rejects.toThrow(/lost|closed|ended|connection/i);
  expect((await connect(target).look(root)).claim?.epoch).toBe(token.epoch);
});

test('where the supervisor is killed before it gives the word, its program never runs, and holds nothing [F26]', async () => {
  const { root, log } = ownPlace();
  const token = await claimed(host, root);
  await inside(target, `mkdir -p ${FOLDER}/armed ${FOLDER}/reached && echo kill > '${FOLDER}/armed/begun ${`${root}/d1/tasks/01-a/forward`.replaceAll('/', '~')}'`);
  const first = await host.start(root, task(token, '01-a', `echo ran > ${log}`)).catch((error: unknown) => error);
  expect(first).toMatchObject({ code: 'not-started' });
  expect(await host.wait(root, { deployment: 'd1', step: '01-a' })).toMatchObject({ state: 'unknown', why: 'lost: neither running nor ended' });
  expect((await target.run(`cat ${log}`)).code).not.toBe(0);
});
