import { afterAll, beforeAll, expect, test } from 'vitest';
import { sh } from '../../src/commands/remote-command';
import { ConnectionLost, LedgerRefused } from '../../src/hosts/failures';
import type { Host } from '../../src/hosts/host';
import { raiseHost, type TargetHost } from '../../testbed';
import { until } from '../../testbed/wait';
import { claimed, connect, inside, ownPlace, task } from './support';

let target: TargetHost;
let host: Host;

beforeAll(async () => {
  target = await raiseHost({ name: 'ledger' });
  host = connect(target);
}, 300_000);

afterAll(async () => {
  await host?.disconnect();
  await target?.remove();
});

const linesOf = async (log: string): Promise<string[]> => (await inside(target, `cat ${log} 2>/dev/null || true`)).split('\n').filter(Boolean);
const gate = (log: string): string => `while [ ! -e ${log}.go ]; do sleep 0.02; done`;
const begun = (log: string, line: string): Promise<true> => until(`the line ${line}`, async () => ((await linesOf(log)).includes(line) ? true : undefined), { everyMs: 20 });

test('a step runs once: a second request adopts it and reads its end [F03]', async () => {
  const { root, log } = ownPlace();
  const token = await claimed(host, root);
  const first = await host.start(root, task(token, '01-a', `echo ran >> ${log}; echo out; exit 3`));
  expect(first).toMatchObject({ state: 'ended', code: 3, adopted: false, tail: 'out\n', bytes: 4, timedOut: false, cancelled: false, earlierBoot: false });
  expect(first.outputSha256).toBe(await inside(target, 'echo out | sha256sum | cut -d" " -f1'));
  const second = await host.start(root, task(token, '01-a', `echo ran >> ${log}; echo out; exit 3`));
  expect(second).toMatchObject({ state: 'ended', code: 3, adopted: true, at: first.at });
  expect(await linesOf(log)).toEqual(['ran']);
  // Nothing is left to be waited for.
  expect(await inside(target, "ps -eo stat= | grep -c '^Z' || true")).toBe('0');
});

test('another script under the name of a step that has a record is refused', async () => {
  const { root, log } = ownPlace();
  const token = await claimed(host, root);
  await host.start(root, task(token, '01-a', `echo one >> ${log}`));
  await expect(host.start(root, task(token, '01-a', `echo two >> ${log}`))).rejects.toMatchObject({ code: 'conflict' });
  expect(await linesOf(log)).toEqual(['one']);
});

test('settle: a forward attempt held up on its way arrives after its undo and is refused by the host [F05]', async () => {
  const { root, log } = ownPlace();
  const token = await claimed(host, root);
  const forward = task(token, '01-a', `echo forward >> ${log}`);
  expect((await host.undo(root, { ...task(token, '01-a', `echo undo >> ${log}`), mode: 'finish' })).state).toBe('never');
  const late = await host.start(root, forward).catch((error: unknown) => error);
  expect(late).toBeInstanceOf(LedgerRefused);
  expect(late).toMatchObject({ code: 'settled' });
  expect(await linesOf(log)).toEqual([]);
});

test('after its undo has run a step may not start again, and the undo not either', async () => {
  const { root, log } = ownPlace();
  const token = await claimed(host, root);
  const forward = task(token, '01-a', `echo forward >> ${log}`);
  const undo = { ...task(token, '01-a', `echo undo >> ${log}`), mode: 'finish' as const };
  await host.start(root, forward);
  expect((await host.undo(root, undo)).state).toBe('undone');
  expect((await host.undo(root, undo)).state).toBe('undone');
  await expect(host.start(root, forward)).rejects.toMatchObject({ code: 'settled' });
  expect(await linesOf(log)).toEqual(['forward', 'undo']);
});

test('two undos at once: the undo runs once, and in mode stop the second does not kill the first', async () => {
  const { root, log } = ownPlace();
  const token = await claimed(host, root);
  await host.start(root, task(token, '01-a', `echo forward >> ${log}`));
  const undo = { ...task(token, '01-a', `echo undo >> ${log}; ${gate(log)}; echo undone >> ${log}`), mode: 'stop' as const };
  const first = host.undo(root, undo);
  await begun(log, 'undo');
  let adopted = false;
  const second = host.undo(root, undo, () => (adopted = true));
  await until('the adoption', () => adopted || undefined);
  const settled = host.settle(root, { ...token, deployment: 'd1', step: '01-a', mode: 'stop' });
  await inside(target, `touch ${log}.go`);
  expect([await first, await second, await settled].map((state) => state.state)).toEqual(['undone', 'undone', 'undone']);
  expect(await linesOf(log)).toEqual(['forward', 'undo', 'undone']);
});

test('an undo that failed is reported, and tried again only on request', async () => {
  const { root, log } = ownPlace();
  const token = await claimed(host, root);
  await host.start(root, task(token, '01-a', 'true'));
  const undo = { ...task(token, '01-a', `echo undo >> ${log}; test "$(wc -l < ${log})" = 2`), mode: 'finish' as const };
  expect(await host.undo(root, undo)).toMatchObject({ state: 'undo-failed', code: 1, run: 'undo-1' });
  expect(await host.undo(root, undo)).toMatchObject({ state: 'undo-failed', adopted: true });
  await expect(host.undo(root, { ...undo, command: sh(['another one']) })).rejects.toMatchObject({ code: 'conflict' });
  expect(await linesOf(log)).toEqual(['undo']);
  expect(await host.undo(root, { ...undo, again: true })).toMatchObject({ state: 'undone', run: 'undo-2' });
});

test('adoption after a dropped connection finds the same process: same pid, one start line [F02][F23]', async () => {
  const { root, log } = ownPlace();
  const token = await claimed(host, root);
  const request = task(token, '01-a', `echo start $$ >> ${log}; ${gate(log)}; echo end $$ >> ${log}`);
  const lost = connect(target);
  let pid: unknown;
  const running = new Promise<void>((resolve) => {
    void lost.start(root, request, (event) => {
      pid = event['pid'];
      expect(event['adopted']).toBe(false);
      resolve();
    }).catch((error: unknown) => expect(error).toBeInstanceOf(ConnectionLost));
  });
  await running;
  (await lost.channel()).destroy();
  let adopted: Record<string, unknown> = {};
  const again = host.start(root, request, (event) => (adopted = event));
  await until('the adoption', () => adopted['pid'] as number | undefined);
  expect(adopted).toMatchObject({ pid, adopted: true });
  await inside(target, `touch ${log}.go`);
  expect(await again).toMatchObject({ state: 'ended', code: 0, adopted: true, pid });
  expect(await linesOf(log)).toEqual([`start ${String(pid)}`, `end ${String(pid)}`]);
});

test('a missing exit code is never success: killed by a signal, by a shell that reports one, or on request reads unknown [F26]', async () => {
  const { root } = ownPlace();
  const token = await claimed(host, root);
  expect(await host.start(root, task(token, 'signal', 'kill -9 $$'))).toMatchObject({ state: 'unknown', code: null, why: 'killed by a signal' });
  for (const code of [129, 137, 143, 159]) expect((await host.start(root, task(token, `shell-${code}`, `exit ${code}`))).state).toBe('unknown');
  for (const code of [128, 160]) expect(await host.start(root, task(token, `plain-${code}`, `exit ${code}`))).toMatchObject({ state: 'ended', code });
  const running = host.start(root, task(token, 'stopped', 'trap "exit 0" TERM; while :; do sleep 0.02; done'));
  await until('the start', async () => ((await host.states(root, 'd1'))['stopped']?.state === 'running' ? true : undefined));
  expect(await host.stop(root, { ...token, deployment: 'd1', step: 'stopped' })).toMatchObject({ state: 'unknown', cancelled: true });
  expect((await running).state).toBe('unknown');
});

test('a supervisor killed: the program is waited for, its end is unknown, it never runs again, and nothing of it is left [F26]', async () => {
  const { root, log } = ownPlace();
  const token = await claimed(host, root);
  const request = task(token, '01-a', `echo start >> ${log}; ${gate(log)}; echo end >> ${log}`, { secrets: { KEY: 'hunter2' } });
  const first = host.start(root, request);
  await begun(log, 'start');
  const supervisor = await inside(target, `python3 -c 'import json;print(json.loads(open("${root}/d1/tasks/01-a/forward/started.json").read()[:-6])["supervisor"]["pid"])'`);
  // It holds the record's lock, and nothing else: not our channel, not the program's pipes, not its secrets.
  expect((await inside(target, `for f in /proc/${supervisor}/fd/*; do readlink $f; done | sort -u`)).split('\n')).toEqual(['/dev/null', `${root}/d1/tasks/01-a/lock`]);
  await inside(target, `kill -9 ${supervisor}`);
  await until('the end of the supervisor', async () => ((await host.states(root, 'd1'))['01-a']?.state === 'orphaned' ? true : undefined));
  let told: Record<string, unknown> = {};
  const second = host.start(root, request, (event) => (told = event));
  await until('the word that it runs on', () => told['state'] as string | undefined);
  expect(told).toMatchObject({ state: 'running', run: 'forward', adopted: true });
  await inside(target, `touch ${log}.go`);
  expect(await first).toMatchObject({ state: 'unknown' });
  expect(await second).toMatchObject({ state: 'unknown', adopted: true });
  expect(await linesOf(log)).toEqual(['start', 'end']);
  expect((await host.start(root, request)).state).toBe('unknown');
  expect(await linesOf(log)).toEqual(['start', 'end']);
  expect(await inside(target, `ls -d $(python3 -c 'import json;print(json.loads(open("${root}/d1/tasks/01-a/forward/started.json").read()[:-6])["cgroup"])') 2>&1 || true`)).toContain('No such file');
});

test("a task's daemon left behind ends with it, though it has a session of its own", async () => {
  const { root, log } = ownPlace();
  const token = await claimed(host, root);
  expect((await host.hello()).cgroup).toBe(true);
  const ended = await host.start(root, task(token, '01-a', `setsid sh -c 'trap "" TERM; while :; do sleep 0.02; done' >/dev/null 2>&1 & echo $! > ${log}`));
  expect(ended).toMatchObject({ state: 'ended', code: 0 });
  expect((await target.run(`kill -0 $(cat ${log})`)).code).not.toBe(0);
});

test('stop ends the whole tree: a program that ignores TERM and one that left the session', async () => {
  const { root, log } = ownPlace();
  const token = await claimed(host, root);
  const running = host.start(root, task(token, '01-a', `trap "" TERM; setsid sleep 1000 & echo $! > ${log}.pid; echo start >> ${log}; sleep 1000`));
  await begun(log, 'start');
  const state = await host.settle(root, { ...token, deployment: 'd1', step: '01-a', mode: 'stop' });
  expect(state).toMatchObject({ state: 'unknown', why: 'stopped on request' });
  await running;
  expect((await target.run(`kill -0 $(cat ${log}.pid)`)).code).not.toBe(0);
}, 240_000);

test('a time limit is kept on the host after the connection is gone', async () => {
  const { root, log } = ownPlace();
  const token = await claimed(host, root);
  const lost = connect(target);
  void lost.start(root, task(token, '01-a', `echo start >> ${log}; sleep 1000`, { limit: 0.6 })).catch(() => undefined);
  await begun(log, 'start');
  (await lost.channel()).destroy();
  const ended = await host.wait(root, { deployment: 'd1', step: '01-a' });
  expect(ended).toMatchObject({ state: 'ended', code: 124, timedOut: true });
  expect(ended.seconds).toBeGreaterThan(0.5);
  expect(ended.seconds).toBeLessThan(5);
});

test('a task lives in a cgroup of its own, outside the login, and in the account, folder and environment that it asked for', async () => {
  const { root } = ownPlace();
  const token = await claimed(host, root);
  const command = sh(['cat /proc/self/cgroup; id -un; pwd; umask; echo "$HOME $LC_ALL $COLOUR $STERNWAY_DEPLOYMENT"'], { user: 'deploy', cwd: '/usr', env: { COLOUR: 'blue and "green"' } });
  const { tail } = await host.start(root, task(token, '01-a', command));
  expect(tail).toMatch(/^0::\/sternway\.slice\/run-[^/]+\.scope\/task-[0-9-]+$/m);
  expect((await target.run(`ls -d /sys/fs/cgroup/sternway.slice/*/${/task-[0-9-]+/.exec(tail ?? '')?.[0]}`)).stdout).toBe('');
  expect(tail?.split('\n').slice(-5)).toEqual(['deploy', '/usr', '0022', '/home/deploy C.UTF-8 blue and "green" d1', '']);
});

test('a script begins as after a fresh login: the groups of its account, no input, both outputs kept, no signal blocked or ignored', async () => {
  const { root } = ownPlace();
  const token = await claimed(host, root);
  const { tail } = await host.start(root, task(token, '01-a', sh(['id -gn; id -Gn; test "$(cut -d" " -f6 /proc/$$/stat)" = $$ && echo a session of its own; readlink /proc/self/fd/0; grep -E "^Sig(Blk|Ign)" /proc/self/status; echo aside >&2'], { user: 'deploy' })));
  const groups = await inside(target, 'id -gn deploy; id -Gn deploy');
  expect(tail?.split('\n')).toEqual([...groups.split('\n'), 'a session of its own', '/dev/null', 'SigBlk:\t0000000000000000', 'SigIgn:\t0000000000000000', 'aside', '']);
});

test('a program that cannot be begun has failed, and its output says why', async () => {
  const { root } = ownPlace();
  const token = await claimed(host, root);
  expect(await host.start(root, task(token, '01-a', sh(['true'], { cwd: '/nowhere' })))).toMatchObject({ state: 'ended', code: 126, tail: expect.stringMatching(/^the script could not be started: .*No such file or directory: '\/nowhere'/) as string });
});

test('who closes twice is told what stands, and who gave up without a change may come again', async () => {
  const { root } = ownPlace();
  const token = await claimed(host, root);
  const closed = await host.close(root, token, 'abandoned');
  expect(closed).toMatchObject({ open: false, outcome: 'abandoned' });
  expect(await host.close(root, token, 'abandoned')).toEqual(closed);
  expect((await claimed(host, root)).epoch).toBe(token.epoch + 1);
});

test('what is live stays in the record when a later claim ends without a word on it; whoever has ended is withdrawn in vain, and keeps its outcome', async () => {
  const { root } = ownPlace();
  const first = await claimed(host, root, 'first');
  await host.close(root, first, 'deployed', { deployment: 'd1' });
  const second = await claimed(host, root, 'second');
  await host.close(root, second, 'rolled-back');
  expect((await host.look(root)).head).toEqual({ deployment: 'd1' });
  expect((await host.look(root)).claim).toMatchObject({ at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string });
  await expect(claimed(host, root, 'second')).rejects.toMatchObject({ code: 'closed', message: expect.stringContaining('has already ended here: rolled-back') as string });
  await host.withdraw(root, 'first', 'given up');
  await expect(claimed(host, root, 'first')).rejects.toMatchObject({ code: 'closed', message: expect.stringContaining('has already ended here: deployed') as string });
});

test('a script gets none of our descriptors: no lock, no channel', async () => {
  const { root } = ownPlace();
  const token = await claimed(host, root);
  await Promise.all(
    Array.from({ length: 12 }, async (_, index) => {
      const look = `python3 -c 'import os; print([fd for fd in range(64) if os.path.exists("/proc/self/fd/%d" % fd)])'`;
      expect((await host.start(root, task(token, `step-${index}`, look))).tail).toBe('[0, 1, 2, 9]\n');
    }),
  );
});

test('a stale token begins nothing, marks nothing, stops nothing, stores nothing, drains nothing and closes nothing [F05]', async () => {
  const { root, log } = ownPlace();
  const old = await claimed(host, root, 'old');
  await host.start(root, task(old, 'done', 'true'));
  const token = await claimed(host, root, 'new', old.epoch);
  const refused = { code: 'stale' };
  await expect(host.start(root, task(old, '01-a', `echo ran >> ${log}`))).rejects.toMatchObject(refused);
  await expect(host.undo(root, { ...task(old, 'done', `echo ran >> ${log}`), mode: 'finish' })).rejects.toMatchObject(refused);
  await expect(host.settle(root, { ...old, deployment: 'd1', step: '01-b', mode: 'finish' })).rejects.toMatchObject(refused);
  await expect(host.store(root, old, 'd1', { 'plan.json': { content: '{}' } })).rejects.toMatchObject(refused);
  await expect(host.close(root, old, 'deployed')).rejects.toMatchObject(refused);
  await expect(host.drain(root, old)).rejects.toMatchObject(refused);
  const running = host.start(root, task(token, '01-c', `echo ran >> ${log}; sleep 0.3`));
  await begun(log, 'ran');
  await expect(host.stop(root, { ...old, deployment: 'd1', step: '01-c' })).rejects.toMatchObject(refused);
  expect(await running).toMatchObject({ state: 'ended', code: 0 });
  expect((await host.states(root, 'd1'))['01-b']?.state ?? 'absent').toBe('absent');
});

test('a claim is refused while another is open, naming it; a take-over is explicit; who has ended may not come back', async () => {
  const { root } = ownPlace();
  const first = await claimed(host, root, 'first');
  expect(await claimed(host, root, 'first')).toEqual(first);
  await expect(claimed(host, root, 'second')).rejects.toMatchObject({ code: 'claimed', details: { claim: { holder: 'first', by: 'tester' } } });
  await expect(claimed(host, root, 'second', first.epoch + 1)).rejects.toMatchObject({ code: 'claimed' });
  const second = await claimed(host, root, 'second', first.epoch);
  await host.close(root, second, 'deployed', { deployment: 'd1' });
  expect(await host.look(root)).toMatchObject({ head: { deployment: 'd1' }, claim: { open: false, outcome: 'deployed' } });
  await expect(claimed(host, root, 'first')).rejects.toMatchObject({ code: 'closed' });
  await expect(claimed(host, root, 'second')).rejects.toMatchObject({ code: 'closed' });
  expect((await claimed(host, root, 'third')).epoch).toBe(second.epoch + 1);
});

test('a run that was taken over stays known until somebody takes it back or deploys over it [F14]', async () => {
  const { root } = ownPlace();
  const claim = async (holder: string, deployment: string, takeover?: number) => (await host.claim(root, { holder, deployment, by: 'tester', ...(takeover === undefined ? {} : { takeover }) })).claim;
  const first = await claim('d1', 'd1');
  const second = await claim('d2', 'd2', first.epoch);
  expect(second.unfinished).toEqual(['d1']);
  // Whoever took over was refused: what the lost run left still stands.
  expect((await host.close(root, second, 'unchanged')).unfinished).toEqual(['d1']);
  const third = await claim('d3', 'd3');
  expect((await host.close(root, third, 'rolled-back')).unfinished).toEqual(['d1']);
  const fourth = await claim('d4', 'd4');
  const back = await claim('rollback-1', 'd1', fourth.epoch);
  expect(back.unfinished).toEqual(['d1', 'd4']);
  expect((await host.close(root, back, 'rolled-back', {})).unfinished).toEqual(['d4']);
  expect((await host.close(root, await claim('d5', 'd5'), 'deployed', { deployment: 'd5' })).unfinished).toEqual([]);
});

test('a claim that arrives after its holder has withdrawn finds the door shut; an open claim is not withdrawn but closed', async () => {
  const { root } = ownPlace();
  expect(await host.withdraw(root, 'late', 'unchanged')).toBeNull();
  await expect(claimed(host, root, 'late')).rejects.toMatchObject({ code: 'closed' });
  const first = await claimed(host, root, 'first');
  expect(await host.withdraw(root, 'first', 'unchanged')).toMatchObject({ ...first, open: true });
  expect(await claimed(host, root, 'first')).toEqual(first);
  expect(await host.withdraw(root, 'second', 'unchanged')).toMatchObject({ holder: 'first', open: true });
  await host.close(root, first, 'unchanged');
  await expect(claimed(host, root, 'second')).rejects.toMatchObject({ code: 'closed' });
});

test('a claimant drains what still runs under the old token before the host begins anything for it [F17]', async () => {
  const { root, log } = ownPlace();
  const old = await claimed(host, root, 'old');
  const running = host.start(root, task(old, '01-a', `echo start >> ${log}; ${gate(log)}; echo end >> ${log}`));
  const stopped = host.start(root, task(old, '01-b', `echo start-b >> ${log}; sleep 1000`));
  await begun(log, 'start');
  await begun(log, 'start-b');
  const other = connect(target);
  const made = await other.claim(root, { holder: 'new', deployment: 'd1', by: 'tester', takeover: old.epoch });
  expect(made.running).toEqual([{ deployment: 'd1', step: '01-a', run: 'forward' }, { deployment: 'd1', step: '01-b', run: 'forward' }]);
  const next = task(made.claim, '02-c', `echo next >> ${log}`);
  await expect(other.start(root, next)).rejects.toMatchObject({ code: 'undrained' });
  const draining = other.drain(root, made.claim, [{ deployment: 'd1', step: '01-b' }]);
  await inside(target, `touch ${log}.go`);
  const drained = await draining;
  expect(drained.map((one) => one.state)).toEqual(['ended', 'unknown']);
  expect((await other.start(root, next)).state).toBe('ended');
  expect((await linesOf(log)).slice(2)).toEqual(['end', 'next']);
  await Promise.all([running, stopped, other.disconnect()]);
}, 240_000);

test('an undo tells that it runs, by whom it was begun; one whose supervisor is gone is ended at its time limit all the same [F26]', async () => {
  const { root, log } = ownPlace();
  const token = await claimed(host, root);
  await host.start(root, task(token, '01-a', 'true'));
  const events: Record<string, unknown>[] = [];
  const undo = { ...task(token, '01-a', `echo undo >> ${log}; sleep 1000`, { limit: 1.5 }), mode: 'finish' as const };
  const undone = host.undo(root, undo, (event) => events.push(event));
  await begun(log, 'undo');
  await inside(target, `kill -9 $(python3 -c 'import json;print(json.loads(open("${root}/d1/tasks/01-a/undo-1/started.json").read()[:-6])["supervisor"]["pid"])')`);
  expect(await undone).toMatchObject({ state: 'undo-failed', why: 'lost: neither running nor ended' });
  expect(events[0]).toMatchObject({ state: 'running', run: 'undo-1', adopted: false });
  // Who only waits, and who settles, ends it as well; the connection that began it is gone, so that nobody else does.
  for (const [step, limit, end] of [['02-b', 1.5, () => host.wait(root, { deployment: 'd1', step: '02-b' })], ['03-c', 1.5, () => host.settle(root, { ...token, deployment: 'd1', step: '03-c', mode: 'finish' })], ['04-d', 1000, () => host.settle(root, { ...token, deployment: 'd1', step: '04-d', mode: 'stop' })]] as const) {
    const lost = connect(target);
    void lost.start(root, task(token, step, `echo ${step} >> ${log}; sleep 1000`, { limit })).catch(() => undefined);
    await begun(log, step);
    (await lost.channel()).destroy();
    await inside(target, `kill -9 $(python3 -c 'import json;print(json.loads(open("${root}/d1/tasks/${step}/forward/started.json").read()[:-6])["supervisor"]["pid"])')`);
    expect(await end()).toMatchObject({ state: 'unknown', why: 'lost: neither running nor ended' });
  }
});

test('a host on which nothing was ever done says so', async () => {
  const { root } = ownPlace();
  expect(await host.look(root)).toEqual({ claim: null, head: null, deployments: [] });
  expect((await target.run(`ls ${root}`)).code).not.toBe(0);
  expect(await host.states(root, 'd1')).toEqual({});
});

test('two environments on one host do not disturb each other', async () => {
  const [one, two] = [ownPlace(), ownPlace()];
  const first = await claimed(host, one.root, 'one');
  const second = await claimed(host, two.root, 'two');
  const waits = host.start(one.root, task(first, '01-a', `while [ ! -e ${one.log} ]; do sleep 0.02; done`));
  await host.settle(two.root, { ...second, deployment: 'd1', step: '01-a', mode: 'finish' });
  await expect(host.start(two.root, task(second, '01-a', 'true'))).rejects.toMatchObject({ code: 'settled' });
  expect(await host.start(two.root, task(second, '01-b', `touch ${one.log}`))).toMatchObject({ state: 'ended', code: 0 });
  expect(await waits).toMatchObject({ state: 'ended', code: 0 });
  await expect(host.start(two.root, task(first, '01-c', 'true'))).rejects.toMatchObject({ code: 'stale' });
});

test('a reboot: what ran is lost, said so, and never runs again; what had ended is marked as of an earlier boot', async () => {
  const { root, log } = ownPlace();
  const token = await claimed(host, root);
  await host.start(root, task(token, 'ended', 'true'));
  const request = task(token, 'running', `trap 'exit 0' TERM; echo start >> ${log}; while :; do sleep 0.05; done`);
  const lost = host.start(root, request).catch((error: unknown) => error);
  await begun(log, 'start');
  await target.reboot();
  expect(await lost).toBeInstanceOf(ConnectionLost);
  expect(await host.start(root, task(token, 'ended', 'true'))).toMatchObject({ state: 'ended', code: 0, earlierBoot: true });
  expect(await host.start(root, request)).toMatchObject({ state: 'unknown', why: 'lost in a reboot of the host' });
  expect(await linesOf(log)).toEqual(['start']);
}, 240_000);

test('a reading gets its secrets as shell variables: no command line and no environment of a process holds one [SE-02, SE-03]', async () => {
  const secret = "it's $(id) \"quoted\"\nand of two lines";
  // The pattern is put together in a file: no command line of the search itself holds it.
  const script = 'printf "canary-%s" 4711 > /tmp/canary; grep -l -a -F -f /tmp/canary /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null || true; printf "%s" "$TOKEN"; [ -z "$(env | grep TOKEN)" ]';
  const answer = await host.read(script, 30, { TOKEN: `${secret}canary-4711` });
  expect(answer).toMatchObject({ code: 0, stdout: `${secret}canary-4711`, stderr: '' });
});

test('all that the deploy user runs by sudo are two commands: the installer of the helper, and the helper under its checksum [SE-05, SE-06]', async () => {
  await inside(target, "echo 'Defaults logfile=/var/log/sudo-of-deploy.log, !log_year, loglinelen=0' > /etc/sudoers.d/logged");
  await inside(target, 'rm -rf /var/lib/sternway/bin');
  const another = connect(target);
  const { root, log } = ownPlace();
  const token = await claimed(another, root);
  await another.start(root, task(token, '01-a', `echo ran >> ${log}`));
  await another.read('true');
  await another.disconnect();
  const ran = (await inside(target, "sed -n 's/.*USER=root ; COMMAND=//p' /var/log/sudo-of-deploy.log")).split('\n').filter(Boolean);
  await inside(target, 'rm /etc/sudoers.d/logged');
  expect(ran.length).toBeGreaterThanOrEqual(2);
  const kinds = new Set(ran.map((command) => command.replace(/b64decode\(.*/, 'b64decode(…').replace(/[0-9a-f]{16}/, 'CHECKSUM')));
  expect(kinds.size, [...kinds].join('\n')).toBe(2);
  for (const kind of kinds) expect(kind).toMatch(/^\/usr\/bin\/python3 -I (\/var\/lib\/sternway\/bin\/CHECKSUM serve|-c 'import base64;exec\(base64\.b64decode\(…)$/);
});
