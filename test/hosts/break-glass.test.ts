import { afterAll, beforeAll, expect, test } from 'vitest';
import { sh, type RemoteCommand } from '../../src/commands/remote-command';
import { renderBreakGlass } from '../../src/hosts/break-glass';
import type { Host, Token } from '../../src/hosts/host';
import type { Standing } from '../../src/facts/facts';
import type { Plan, Step } from '../../src/plan/plan';
import { raiseHost, type RunResult, type TargetHost } from '../../testbed';
import { until } from '../../testbed/wait';
import { connect, inside, ownPlace } from './support';

let target: TargetHost;
let host: Host;

beforeAll(async () => {
  target = await raiseHost({ name: 'web-1' });
  host = connect(target);
}, 300_000);

afterAll(async () => {
  await host?.disconnect();
  await target?.remove();
});

const step = (id: string, tasks: { run?: RemoteCommand; undo?: RemoteCommand }, more: Partial<Step> = {}): Step => ({
  id, title: `the step ${id}`, activity: 'doIt', phase: 'switch', kind: 'change', tasks: { 'web-1': tasks }, onTurnBack: 'finish', limit: 30, ...more,
});

function plan(root: string, log: string, steps: readonly Step[] = standard(log)): Plan {
  return {
    format: 1, app: 'shop', environment: 'production', deployment: 'd1', strategy: 'systemd', release: { tag: 'v2', commit: 'c' }, previous: { tag: 'v1', deployment: 'd0', path: '/opt/shop' },
    root, hosts: ['web-1', 'web-2'], steps, hash: 'h', observed: {}, limits: { deadline: 600, undoBudget: 60, heartbeat: 10 },
  };
}

const both = (log: string, name: string, options = {}): { run: RemoteCommand; undo: RemoteCommand } => ({ run: sh([`echo run ${name} >> ${log}`], options), undo: sh([`echo undo ${name} >> ${log}`], options) });

function standard(log: string): Step[] {
  return [
    step('01-check', { undo: sh([`echo holds as $(id -un) in $PWD >> ${log}; test ! -e ${log}.broken`], { user: 'deploy', cwd: '/srv' }) }, { kind: 'check', title: 'the old release answers' }),
    step('02-one', both(log, 'one', { user: 'deploy', env: { NAME: "it's" } })),
    step('03-nothing', { run: sh([`echo run nothing >> ${log}`]) }),
    step('04-two', { run: sh([`echo run two >> ${log}`]), undo: sh([`test ! -e ${log}.stuck || { echo the vhost was edited by hand; exit 90; }`, `echo undo two >> ${log}`]) }),
    { ...step('05-outside', {}), kind: 'check', tasks: { worker: {} }, title: 'users get it' },
    step('06-never-begun', both(log, 'never')),
  ];
}

async function deployed(root: string, made: Plan, upTo: number): Promise<Token> {
  const { claim } = await host.claim(root, { holder: 'd1', deployment: 'd1', by: 'tester' });
  await host.store(root, claim, 'd1', { 'plan.json': { content: JSON.stringify(made) }, 'break-glass.sh': { content: renderBreakGlass(made, 'web-1', host.helperHome), mode: 0o700 } });
  for (const one of made.steps.slice(0, upTo)) {
    const command = one.tasks['web-1']?.run;
    if (command) await host.start(root, { holder: claim.holder, epoch: claim.epoch, deployment: 'd1', step: one.id, command, limit: 30 });
  }
  return { holder: claim.holder, epoch: claim.epoch };
}

const start = (root: string, token: Token, made: Plan, id: string): Promise<unknown> =>
  host.start(root, { ...token, deployment: 'd1', step: id, command: made.steps.find((one) => one.id === id)?.tasks['web-1']?.run as RemoteCommand, limit: 30 }).catch((error: unknown) => error);
const breakGlass = (root: string, options: string): Promise<RunResult> => target.run(`SUDO_USER=olga sh ${root}/d1/break-glass.sh ${options} </dev/null`);
const place = async (): Promise<{ root: string; log: string }> => {
  const { root, log } = ownPlace();
  await inside(target, `install -o deploy /dev/null ${log}`);
  return { root, log };
};

test('break-glass takes a host back without Sternway: undos newest first, checks in their places, the claim and the head [F53]', async () => {
  const { root, log } = await place();
  const left = { revision: 'd0' } as unknown as Standing;
  const made: Plan = { ...plan(root, log), before: { 'web-1': left }, adopted: [{ kind: 'record', host: 'web-1', path: '/opt/shop', sentence: 'adopted' }] };
  const token = await deployed(root, made, 5);
  const status = await breakGlass(root, '--status');
  expect(status).toMatchObject({ code: 0, stderr: '' });
  expect(status.stdout.split('\n')[0]).toBe('shop/production, deployment d1 of v2, on web-1');
  expect(status.stdout).toContain('held by d1 since');
  expect(status.stdout.split('\n').filter((line) => line.startsWith('  '))).toEqual(['  ended        the step 02-one', '  ended        the step 03-nothing', '  ended        the step 04-two', '  absent       the step 06-never-begun']);
  expect(status.stdout).toContain('Not done from here, since they were not on a host: users get it');
  expect(await breakGlass(root, '')).toMatchObject({ code: 1, stderr: 'Nothing was changed: say --yes where nobody can be asked.\n' });
  const done = await breakGlass(root, '--yes');
  expect(done).toMatchObject({ code: 0, stderr: '' });
  expect(done.stdout.split('\n').slice(-7, -1)).toEqual([
    'never    the step 06-never-begun', 'undone   the step 04-two', 'kept     the step 03-nothing', 'undone   the step 02-one', 'holds    the old release answers', 'Taken back on web-1 by olga. Other hosts of the plan: web-2.',
  ]);
  expect(await inside(target, `cat ${log}`)).toBe(['run one', 'run nothing', 'run two', 'undo two', 'undo one', 'holds as deploy in /srv'].join('\n'));
  expect((await host.look(root)).claim).toMatchObject({ holder: 'break-glass-d1', by: 'break-glass by olga', open: false, outcome: 'rolled-back', tookOver: 'd1', unfinished: [] });
  // What it had adopted is what is left now, although it never became the head.
  expect((await host.look(root)).head).toEqual({ left });
  for (const id of ['06-never-begun', '02-one']) expect(await start(root, token, made, id)).toMatchObject({ code: 'settled' });
  const again = await breakGlass(root, '--yes');
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing is left to take back') as string });
  expect(again.stdout).not.toContain('held by');
  expect((await inside(target, `cat ${log}`)).split('\n')).toHaveLength(6);
});

test('what break-glass begins has a cgroup of its own outside the login: it goes on when the line ends, and nothing of it escapes', async () => {
  const { root, log } = await place();
  const made = plan(root, log, [step('01-where', { run: sh(['true']), undo: sh([`cat /proc/self/cgroup >> ${log}`]) })]);
  await deployed(root, made, 1);
  expect(await breakGlass(root, '--yes')).toMatchObject({ code: 0 });
  expect(await inside(target, `cat ${log}`)).toMatch(/^0::\/(.*\/)?sternway\.slice\/[^/]+\.scope\/task-[0-9-]+$/m);
});

test('break-glass stops at the first undo that fails, says what to do, and goes on from there when run again', async () => {
  const { root, log } = await place();
  const made = plan(root, log);
  await deployed(root, made, 5);
  await inside(target, `touch ${log}.stuck ${log}.broken`);
  const stuck = await breakGlass(root, '--yes');
  expect(stuck.code).toBe(1);
  expect(stuck.stderr).toMatch(/STOPPED: .*the step 04-two could not be taken back: exit 90[^]*the vhost was edited by hand[^]*run this again/);
  expect(await inside(target, `grep -c undo ${log} || true`)).toBe('0');
  await inside(target, `rm ${log}.stuck`);
  const broken = await breakGlass(root, '--yes');
  expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining('the old release answers does not hold: exit 1') as string });
  expect((await host.look(root)).claim).toMatchObject({ open: true, holder: 'break-glass-d1' });
  await inside(target, `rm ${log}.broken`);
  expect((await breakGlass(root, '--yes')).code).toBe(0);
  expect(await inside(target, `grep undo ${log}`)).toBe('undo two\nundo one');
  expect((await host.look(root)).claim).toMatchObject({ open: false, outcome: 'rolled-back' });
});

test('an undo that the host does not take is told as what stopped the way back, and not as a fault of the program', async () => {
  const { root, log } = await place();
  await deployed(root, plan(root, log, [step('01-limitless', both(log, 'one'), { limit: 0 })]), 1);
  const stopped = await breakGlass(root, '--yes');
  expect(stopped).toMatchObject({ code: 1, stderr: 'STOPPED: the step 01-limitless could not be taken back: 01-limitless needs a time limit in seconds, not 0\n' });
});

test('break-glass waits for a step under way, or stops it, as the step says; whoever ran it has lost the host', async () => {
  const { root, log } = await place();
  const slow = step('01-slow', { run: sh([`echo begun >> ${log}; sleep 1000`]), undo: sh([`echo undo slow >> ${log}`]) }, { onTurnBack: 'stop', limit: 2000 });
  const made = plan(root, log, [slow, step('02-next', both(log, 'next'))]);
  const token = await deployed(root, made, 0);
  const running = start(root, token, made, '01-slow');
  await until('the step', async () => ((await inside(target, `cat ${log}`)) === 'begun' ? true : undefined));
  expect((await breakGlass(root, '--yes')).code).toBe(0);
  // Whoever looks late finds it taken back already.
  const told = (await running) as { state?: string; code?: string };
  expect(told.code === 'settled' ? 'undone' : told.state).toMatch(/unknown|undone/);
  expect(await start(root, token, made, '02-next')).toMatchObject({ code: 'settled' });
  expect(await inside(target, `cat ${log}`)).toBe('begun\nundo slow');
}, 240_000);

test('break-glass keeps an additive schema once users were let in, and lets nobody lose rows without saying so', async () => {
  const cases = [
    { schema: 'additive', opened: true, options: '', undone: false, code: 0 },
    { schema: 'additive', opened: false, options: '', undone: true, code: 0 },
    { schema: 'irreversible', opened: true, options: '', undone: false, code: 1 },
    { schema: 'irreversible', opened: true, options: '--schema keep', undone: false, code: 0 },
    { schema: 'reversible', opened: true, options: '--schema undo', undone: true, code: 0 },
    { schema: 'classified', opened: true, options: '', undone: false, code: 0, said: 'schema: additive' },
    { schema: 'classified', opened: true, options: '', undone: false, code: 1, said: 'nothing' },
  ] as const;
  for (const each of cases) {
    const { root, log } = await place();
    const classify = step('01-classify', { run: sh([`echo '${'said' in each ? each.said : 'schema: none'}'`]) }, { classifies: true });
    // What another step says of a schema is only its own chatter.
    const chatter = step('00-chatter', { run: sh(["echo 'schema: none'"]) });
    const made = plan(root, log, [chatter, classify, step('02-migrate', both(log, 'migrate'), { schema: each.schema }), step('03-open', both(log, 'open'), { letsTrafficIn: true })]);
    await deployed(root, made, each.opened ? 4 : 3);
    const result = await breakGlass(root, `--yes ${each.options}`);
    expect({ ...each, code: result.code }, result.stderr).toEqual(each);
    expect((await inside(target, `cat ${log}`)).includes('undo migrate'), JSON.stringify(each)).toBe(each.undone);
    if (each.code === 1) expect(result.stderr).toMatch(/the step 02-migrate is irreversible and users were let in.*--schema keep or --schema undo/);
  }
}, 240_000);

test('a check of the way back is made only where something after it was attempted, and a check of the way forward not at all', async () => {
  const { root, log } = await place();
  const check = (id: string, tasks: Parameters<typeof step>[1]): Step => step(id, tasks, { kind: 'check' });
  const made = plan(root, log, [
    check('00-holds', { undo: sh([`test "$NAME" = "it's"`], { env: { NAME: "it's" } }) }), check('01-forward', { run: sh([`echo looked >> ${log}`]) }), step('02-one', both(log, 'one')), check('03-too-early', { undo: sh([`echo too early >> ${log}`]) }), step('04-never-begun', both(log, 'never')),
  ]);
  await deployed(root, made, 3);
  const done = await breakGlass(root, '--yes');
  expect(done, done.stderr).toMatchObject({ code: 0 });
  expect(done.stdout).not.toContain('Not done from here');
  expect(await inside(target, `cat ${log}`)).toBe('looked\nrun one\nundo one');
});

test('of a deployment that was live break-glass leaves the one before it as what is live; where there was none, nothing', async () => {
  for (const [previous, head] of [[{ tag: 'v1', deployment: 'd0', path: '/opt/shop' }, { deployment: 'd0', release: 'v1' }], [{ tag: 'v1', path: '/opt/shop' }, {}]] as const) {
    const { root, log } = await place();
    const token = await deployed(root, { ...plan(root, log), previous } as Plan, 5);
    await host.close(root, token, 'deployed', { deployment: 'd1', release: 'v2' });
    const done = await breakGlass(root, '--yes');
    expect(done, done.stderr).toMatchObject({ code: 0 });
    expect((await host.look(root)).head).toEqual(head);
  }
});

/** As a person at a terminal, who types these lines. */
const typed = (root: string, options: string, ...lines: string[]): Promise<RunResult> => {
  const python = `import os, pty, sys
pid, terminal = pty.fork()
if pid == 0: os.execvp("sh", ["sh", "${root}/d1/break-glass.sh"] + sys.argv[1].split())
said, lines = b"", sys.argv[2:]
while True:
    try: chunk = os.read(terminal, 4096)
    except OSError: break
    if not chunk: break
    said += chunk
    if lines and said.rstrip(b" ").endswith(b":"): os.write(terminal, lines.pop(0).encode() + b"\\n")
print(said.decode().replace("\\r", ""))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`;
  return target.run(`python3 -c '${python}' '${options}' ${lines.map((line) => `'${line}'`).join(' ')}`);
};

test('a person at a terminal is asked before anything is taken back, and again before rows are lost; secrets of an undo are asked for', async () => {
  const { root, log } = await place();
  const secret = { undo: sh([`echo undo with $KEY >> ${log}`]), run: sh([`echo run secret >> ${log}`]) };
  const made = plan(root, log, [
    step('01-secret', { ...secret, undo: { ...secret.undo, secrets: ['KEY'] } }), step('02-migrate', both(log, 'migrate'), { schema: 'irreversible' }), step('03-open', both(log, 'open'), { letsTrafficIn: true }),
  ]);
  await deployed(root, made, 3);
  const not = await typed(root, '', 'no');
  expect(not).toMatchObject({ code: 1, stdout: expect.stringContaining('Type yes:') as string });
  expect((await host.look(root)).claim).toMatchObject({ open: true, holder: 'd1' });
  const unattended = await breakGlass(root, '--yes --schema keep');
  expect(unattended).toMatchObject({ code: 1, stderr: expect.stringContaining('needs the secrets KEY') as string });
  const done = await typed(root, '', 'yes', 'keep it', 'hunter2');
  expect(done, done.stdout).toMatchObject({ code: 0, stdout: expect.stringMatching(/Type LOSE[^]*stays +the step 02-migrate \(irreversible; users were let in since\)/) as string });
  expect(await inside(target, `cat ${log}`)).toBe(['run secret', 'run migrate', 'run open', 'undo open', 'undo with hunter2'].join('\n'));
});

test('LOSE, typed at the terminal, takes the schema back', async () => {
  const { root, log } = await place();
  await deployed(root, plan(root, log, [step('02-migrate', both(log, 'migrate'), { schema: 'irreversible' }), step('03-open', both(log, 'open'), { letsTrafficIn: true })]), 2);
  const done = await typed(root, '--yes', 'LOSE');
  expect(done, done.stdout).toMatchObject({ code: 0 });
  expect(await inside(target, `cat ${log}`)).toContain('undo open\nundo migrate');
});

test('break-glass refuses what it cannot begin with one sentence and exit 2', async () => {
  const { root, log } = await place();
  await deployed(root, plan(root, log), 1);
  const call = `python3 -I ${host.helperHome} break-glass --root ${root}`;
  for (const [options, said] of [['--deployment d9 --host web-1', 'd9'], ['--deployment d1 --host web-7', 'web-7 is no host of this plan'], ['--deployment ../d1 --host web-1', 'not a plain name']] as const) {
    expect(await target.run(`${call} ${options} --yes`)).toMatchObject({ code: 2, stderr: expect.stringContaining(said) as string });
  }
  expect(await target.run(`${call.replace(root, root.slice(1))} --deployment d1 --host web-1 --status`)).toMatchObject({ code: 2, stderr: expect.stringContaining('is not an absolute path') as string });
  await inside(target, `sed -i 's/"format":1/"format":7/' ${root}/d1/plan.json`);
  expect(await target.run(`${call} --deployment d1 --host web-1 --status`)).toMatchObject({ code: 2, stderr: expect.stringContaining('plan.json has the format 7, this helper knows 1') as string });
  expect(await target.run(`${call} --deployment d1 --host web-1 --status`, { user: 'deploy' })).toMatchObject({ code: 2, stderr: expect.stringContaining('sudo') as string });
});

test('where the helper is gone, or on --print, every undo is shown in words and commands, newest first, and nothing is run [DR-05]', async () => {
  const { root, log } = await place();
  await deployed(root, plan(root, log), 5);
  const printed = await breakGlass(root, '--print');
  expect(printed.code).toBe(0);
  expect(printed.stdout.match(/^== .*$/gm)).toEqual([
    '== 1 of 5, undo: the step 06-never-begun (switch, record 06-never-begun)', '== 2 of 5, undo: the step 04-two (switch, record 04-two)',
    '== 3 of 5, undo: the step 03-nothing (switch, record 03-nothing)', '== 4 of 5, undo: the step 02-one (switch, record 02-one)', '== 5 of 5, check: the old release answers (switch, record 01-check)',
  ]);
  expect(printed.stdout).toContain(`   as the account deploy, with NAME='it'\\''s':\n   set -eu\n   echo undo one >> ${log}\n`);
  await inside(target, `sed -i 's,^helper=.*,helper=/nowhere,' ${root}/d1/break-glass.sh`);
  const gone = await breakGlass(root, '--yes');
  expect(gone).toMatchObject({ code: 1, stdout: printed.stdout, stderr: expect.stringContaining('/nowhere') as string });
  expect(await inside(target, `grep -c undo ${log} || true`)).toBe('0');
});

test('titles and commands cannot break out of the script', () => {
  const nasty = step('01-a', { undo: sh(["echo 'END_OF_UNDOS'", 'END_OF_UNDOS', '$(touch /tmp/never) `id`']) }, { title: "new\nline'; rm -rf /" });
  const text = renderBreakGlass(plan('/var/lib/sternway/shop production', '/log', [nasty]), 'web-1', "/it's/home");
  expect(text).toContain("== 1 of 1, undo: new line'; rm -rf / (switch, record 01-a)");
  expect(text).toContain("--root '/var/lib/sternway/shop production'");
  expect(text).toContain("helper='/it'\\''s/home'");
  expect(text).toContain('\n   END_OF_UNDOS\n');
});
