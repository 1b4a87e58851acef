// Each undo failing: the run stays open and waits for a person, what does not need that undo goes on, and each answer has its end.
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { describe, expect, test } from 'vitest';
import { ANSWERS, decideUpdate, progressQuery, type Answer, type Decision } from '../../src/workflows/messages';
import { until } from '../../testbed/wait';
import { expectBack } from './support/expect';
import { STEPS } from './support/plan';
import { REASON } from './support/runs';
import { Site } from './support/site';
import { useTemporal } from './support/use-temporal';

const temporal = useTemporal();

const forward = STEPS.flatMap(({ id, tasks, outside }) => {
  const host = Object.keys(tasks).findLast((each) => tasks[each]?.run ?? (each === 'worker' && outside?.run));
  return host ? [{ id, task: `${id}@${host}` }] : [];
});
/** Every undo and every check of the way back, with the step after it: where that fails, the way back begins at it. */
const undos = STEPS.filter(({ id, kind, tasks, outside }) => id < '12' && (kind === 'change' || tasks['web-1']?.undo || outside?.undo)).map(({ id, tasks }) => {
  const host = Object.keys(tasks)[0] ?? '';
  return { id, host, task: `${id}@${host}`, next: forward.find((each) => each.id > id)?.task ?? '' };
});
const cases = undos.flatMap((undo) => ANSWERS.map((answer) => [undo.task, answer, undo] as const));

async function untilBlocked(site: Site, task: string, next: string, times = 1) {
  site.fail(`undo ${task}`, times, 'no way back');
  site.fail(`forward ${next}`, 1);
  // The open step's own undo comes after users may have been let in.
  if (task.startsWith('11')) site.mayStay.add('07-migrate');
  const handle = await temporal.runs.deploy(site);
  return { handle, blocked: await site.question(task) };
}

describe.concurrent('an undo that fails', () => {
  test.for(cases)('%s waits for a person, who says %s [F53]', async ([task, answer, { id, host, next }]) => {
    const site = new Site(`${answer}-${task.replace('@', '-')}`);
    const { handle, blocked } = await untilBlocked(site, task, next);
    expect(blocked.sentence).toContain('no way back');
    expect(blocked.sentence).toContain(id.slice(3).replaceAll('-', ' '));
    expect(blocked).toMatchObject({ task, host, hold: false });
    expect(await temporal.runs.state(handle)).toBe('blocked');
    expect((await handle.query(progressQuery)).blocked).toEqual([blocked]);

    if (answer === 'resolved') site.hosts.get(host)?.mend(id);
    if (answer === 'skip') site.mayStay.add(id);
    expect(await temporal.runs.decide(handle, blocked, answer)).toBe(`${task}: ${answer}`);
    const ended = await temporal.runs.ended(handle);
    expect(ended.states).toEqual(['running', 'going back', 'blocked', 'going back', 'closed']);
    const ahead = id === '11-open-the-site' ? ['07-migrate@web-1'] : [];
    if (answer !== 'skip') {
      expectBack(site, ended, { ahead, waited: host });
      expect(ended.failure?.type).toBe('RolledBack');
      return;
    }
    expect(ended).toMatchObject({ status: 'FAILED', outcome: 'incomplete', failure: { type: 'Incomplete' } });
    expect(ended.failure?.message).toContain(`NOT everything was taken back on web-1, web-2: ${id.slice(3).replaceAll('-', ' ')}@${host}; the environment stays locked`);
    // A check has no effect to leave behind.
    const effect = STEPS.find((step) => step.id === id)?.kind === 'change' ? [task] : [];
    expect(site.left().sort()).toEqual([...ahead, ...effect].sort());
    expect(site.openClaims()).toEqual(['web-1: d-' + site.app, 'web-2: d-' + site.app]);
  });

  test('is shown again after each reminder, ever more seldom, and by none once it is answered [F53]', async () => {
    const site = new Site('reminded', { limits: { remind: 1 } });
    const { handle, blocked } = await untilBlocked(site, '06-stop-the-app@web-2', '07-migrate@web-1');
    const events = async () => (await handle.fetchHistory()).events ?? [];
    await until('two reminders', async () => ((await events()).filter((event) => event.timerFiredEventAttributes).length >= 2 ? true : undefined));
    await temporal.runs.decide(handle, blocked, 'retry');
    expectBack(site, await temporal.runs.ended(handle), { waited: 'web-2' });
    const intervals = (await events()).flatMap(({ timerStartedEventAttributes: started }) => (started ? [Number(started.startToFireTimeout?.seconds)] : [])).filter((seconds) => seconds < 600);
    expect(intervals).toEqual([1, 2, 4, 8, 16, 16].slice(0, intervals.length));
    const told = await events();
    const answered = told.findIndex((event) => event.workflowExecutionUpdateAcceptedEventAttributes);
    expect(told.slice(answered).filter(({ timerStartedEventAttributes: started }) => started)).toEqual([]);
    // One may have come with the answer; what was still on its way is taken away, and so is the deadline's.
    const over = (event: (typeof told)[number]): unknown => event.timerFiredEventAttributes ?? event.timerCanceledEventAttributes;
    expect(told.filter(over)).toHaveLength(told.filter((event) => event.timerStartedEventAttributes).length);
  });

  test('asks again when trying again fails too', async () => {
    const site = new Site('again');
    const { handle, blocked } = await untilBlocked(site, '06-stop-the-app@web-2', '07-migrate@web-1', 2);
    await temporal.runs.decide(handle, blocked, 'retry');
    await temporal.runs.decide(handle, await site.question(blocked.task, 2), 'retry');
    expectBack(site, await temporal.runs.ended(handle), { waited: 'web-2' });
    expect(site.hosts.get('web-2')?.runs.filter((run) => run === 'undo 06-stop-the-app')).toHaveLength(3);
  });

  test('that fails again waits for a new answer, and takes that one', async () => {
    const site = new Site('anew');
    const { handle, blocked } = await untilBlocked(site, '06-stop-the-app@web-2', '07-migrate@web-1', 2);
    await temporal.runs.decide(handle, blocked, 'retry');
    await temporal.runs.decide(handle, await site.question(blocked.task, 2), 'skip');
    expect(await temporal.runs.ended(handle)).toMatchObject({ outcome: 'incomplete' });
    expect(site.hosts.get('web-2')?.runs.filter((run) => run === 'undo 06-stop-the-app')).toHaveLength(2);
  });

  test('is waited for also where it is the last there is to do, and no look at the site follows', async () => {
    const site = new Site('is-last', { steps: STEPS.filter(({ id }) => id !== '01-site-answers') });
    const { handle, blocked } = await untilBlocked(site, '02-build-release@web-2', '06-stop-the-app@web-1');
    await site.happened('undo 02-build-release@web-1 ended');
    await handle.query(progressQuery);
    await temporal.runs.decide(handle, blocked, 'retry');
    expectBack(site, await temporal.runs.ended(handle), { waited: 'web-2' });
  });

  test('does not hold up another host: that one is all back while the first waits [F51]', async () => {
    const site = new Site('goes-on', { steps: STEPS.filter(({ schema }) => !schema) });
    const { handle, blocked } = await untilBlocked(site, '08-switch-release@web-1', '09-start-the-app@web-1');
    await site.happened('undo 02-build-release@web-2 ended');
    expect(site.hosts.get('web-2')?.effects).toEqual([]);
    expect(site.left()).toContain('06-stop-the-app@web-1');
    expect((await handle.query(progressQuery)).blocked).toEqual([blocked]);
    // The site as users get it is no single host's affair.
    expect(site.journal.some((line) => line.startsWith('undo 01-site-answers'))).toBe(false);
    await temporal.runs.decide(handle, blocked, 'retry');
    expectBack(site, await temporal.runs.ended(handle), { waited: 'web-1' });
  });

  test('holds up the schema: it stays until every host has stopped the new code, and no host starts the old code before it is back', async () => {
    const site = new Site('needs-schema');
    const { handle, blocked } = await untilBlocked(site, '08-switch-release@web-1', '09-start-the-app@web-1');
    await site.happened('undo 08-switch-release@web-2 ended');
    await handle.query(progressQuery);
    expect(site.left()).toContain('07-migrate@web-1');
    expect(site.left()).toContain('06-stop-the-app@web-2');
    await temporal.runs.decide(handle, blocked, 'retry');
    expectBack(site, await temporal.runs.ended(handle), { waited: 'web-1' });
  });

  test('waits beside another: each has its own answer, and the state stays blocked until the last', async () => {
    const site = new Site('two-blocked');
    site.fail('undo 06-stop-the-app@web-2', 1);
    const { handle, blocked } = await untilBlocked(site, '06-stop-the-app@web-1', '07-migrate@web-1');
    const other = await site.question('06-stop-the-app@web-2');
    await temporal.runs.decide(handle, blocked, 'retry');
    await site.happened('undo 04-serve-maintenance-page@web-1 ended');
    expect(await temporal.runs.state(handle)).toBe('blocked');
    await temporal.runs.decide(handle, other, 'retry');
    const ended = await temporal.runs.ended(handle);
    expect(ended.states).toEqual(['running', 'going back', 'blocked', 'going back', 'closed']);
    expect([ended.outcome, site.left(), site.openClaims(), site.wrong]).toEqual(['rolled-back', [], [], []]);
  });

  test('is not lost when the question cannot be put before people', async () => {
    const site = new Site('mute');
    site.fail('askAPerson');
    const { handle, blocked } = await untilBlocked(site, '02-build-release@web-1', '03-back-up-database@web-1');
    await temporal.runs.decide(handle, blocked, 'retry');
    expectBack(site, await temporal.runs.ended(handle), { waited: 'web-1' });
  });
});

describe.concurrent('a decision', () => {
  test('that makes no sense is refused with a sentence and leaves nothing in the history', async () => {
    const site = new Site('nonsense');
    const { handle, blocked } = await untilBlocked(site, '06-stop-the-app@web-1', '07-migrate@web-1');
    const { task } = blocked;
    const good: Decision = { task, answer: 'retry', ...REASON };
    const sentence = async (decision: unknown): Promise<string> => {
      const error: unknown = await handle.executeUpdate(decideUpdate, { args: [decision as Decision] }).catch((failure: unknown) => failure);
      return error instanceof WorkflowUpdateFailedError ? (error.cause?.message ?? '') : `not refused: ${String(error)}`;
    };
    expect(await sentence({ ...good, task: '09-start-the-app@web-1' })).toBe(`09-start-the-app@web-1 is not waiting for a decision; waiting: ${task}`);
    expect(await sentence({ ...good, answer: 'later' })).toBe('later is not an answer: retry, skip, resolved');
    expect(await sentence({ ...good, by: '' })).toBe('a decision says who (by) and why (reason)');
    expect(await sentence({ ...good, reason: 7 })).toBe('a decision says who (by) and why (reason)');
    expect(await sentence(null)).toBe(`a decision names its task; waiting: ${task}`);
    expect(await sentence('skip')).toBe(`a decision names its task; waiting: ${task}`);
    const { events = [] } = await handle.fetchHistory();
    expect(events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toEqual([]);
    await temporal.runs.decide(handle, blocked, 'retry');
    const ended = await temporal.runs.ended(handle);
    expectBack(site, ended, { waited: 'web-1' });
    expect(ended.events.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toHaveLength(1);
  });

  test('counts once: of two in the same moment one is told that nothing waits any more', async () => {
    const site = new Site('two-answers');
    site.fail('undo 06-stop-the-app@web-1', 1);
    site.fail('forward 07-migrate@web-1', 1);
    const stop = await temporal.work({ taskQueue: 'two-answers' });
    const handle = await temporal.runs.deploy(site, {}, { taskQueue: 'two-answers' });
    const blocked = await site.question('06-stop-the-app@web-1');
    site.hosts.get('web-1')?.mend('06-stop-the-app');
    // Both wait for a worker, so both reach the workflow in one task.
    await stop();
    const answers: Answer[] = ['resolved', 'skip'];
    const told = Promise.allSettled(answers.map((answer) => temporal.runs.decide(handle, blocked, answer)));
    await temporal.work({ taskQueue: 'two-answers' });
    const statuses = (await told).map(({ status }) => status);
    expect([...statuses].sort()).toEqual(['fulfilled', 'rejected']);
    expect((await temporal.runs.ended(handle)).outcome).toBe(statuses[0] === 'fulfilled' ? 'rolled-back' : 'incomplete');
  });

  test('is refused while nothing waits', async () => {
    const site = new Site('nothing-waits');
    const slow = site.hold('forward 06-stop-the-app@web-1');
    const handle = await temporal.runs.deploy(site);
    await site.happened('forward 06-stop-the-app@web-1 began');
    await expect(temporal.runs.decide(handle, { task: '06-stop-the-app@web-1' }, 'skip')).rejects.toMatchObject({
      cause: { message: '06-stop-the-app@web-1 is not waiting for a decision; waiting: nothing' },
    });
    slow.open();
    expect((await temporal.runs.ended(handle)).outcome).toBe('deployed');
  });
});
