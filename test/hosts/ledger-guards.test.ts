import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sh } from '../../src/commands/remote-command';
import type { Host } from '../../src/hosts/host';
import { raiseHost, type TargetHost } from '../../testbed';
import { until } from '../../testbed/wait';
import { claimed, connect, inside, ownPlace, STATE, task } from './support';

let target: TargetHost;
let host: Host;

beforeAll(async () => {
  target = await raiseHost({ name: 'guards' });
  host = connect(target);
}, 300_000);

afterAll(async () => {
  await host?.disconnect();
  await target?.remove();
});

test('secrets arrive on descriptor 3 as variables that are not exported, and stand in no file, argument or environment [F54]', async () => {
  const { root, log } = ownPlace();
  const token = await claimed(host, root);
  const secret = `s3cr3t'"$(id)\`\n end-${log.slice(5, 13)}`;
  const script = [
    `printf '%s' "$DB_PASSWORD" | sha256sum | cut -d' ' -f1 > ${log}`,
    'env | grep -c DB_PASSWORD || true',
    `while [ ! -e ${log}.go ]; do sleep 0.02; done`,
    'printenv DB_PASSWORD || echo not exported',
  ];
  await inside(target, `install -o deploy -m 600 /dev/null ${log}`);
  const running = host.start(root, task(token, '01-a', sh(script, { user: 'deploy' }), { secrets: { DB_PASSWORD: secret } }));
  await until('the secret', async () => (await inside(target, `cat ${log}`)) || undefined);
  expect(await inside(target, `cat ${log}`)).toBe(createHash('sha256').update(secret).digest('hex'));
  // The pattern comes on standard input, so that the search does not find itself.
  const places = `/proc/[0-9]*/environ /proc/[0-9]*/cmdline ${STATE} /tmp /var/log /run/log /run/systemd /etc /home /srv`;
  const found = await target.run(`cat > /dev/shm/mark; grep -rlas -f /dev/shm/mark ${places}; journalctl --no-pager | grep -c -f /dev/shm/mark; rm /dev/shm/mark`, { input: `end-${log.slice(5, 13)}\n` });
  expect(found.stdout).toBe('0\n');
  await inside(target, `touch ${log}.go`);
  expect(await running).toMatchObject({ state: 'ended', code: 0, tail: '0\nnot exported\n' });
});

test('what a helper that was killed while it wrote has left is taken by the next writer, with none of its bytes and none of its rights', async () => {
  const { root } = ownPlace();
  const token = await claimed(host, root);
  await host.store(root, token, 'd1', { 'plan.json': { content: '{}' } });
  await inside(target, `printf 'half of a much longer text' > ${root}/d1/break-glass.sh.tmp; chmod 666 ${root}/d1/break-glass.sh.tmp`);
  await host.store(root, token, 'd1', { 'break-glass.sh': { content: '#!/bin/sh\n', mode: 0o700 } });
  expect(await inside(target, `cd ${root}/d1; ls; cat break-glass.sh; stat -c %a break-glass.sh`)).toBe('break-glass.sh\nplan.json\n#!/bin/sh\n700');
});

test('too large a secret is refused before anything begins, instead of hanging', async () => {
  const { root } = ownPlace();
  const token = await claimed(host, root);
  await expect(host.start(root, task(token, '01-a', 'true', { secrets: { BIG: 'x'.repeat(100_000) } }))).rejects.toMatchObject({ code: 'not-started' });
  expect((await host.states(root, 'd1'))['01-a']?.state).toBe('absent');
});

test('a truncated request never runs, nor does a script whose checksum differs [F23]', async () => {
  const { root, log } = ownPlace();
  const token = await claimed(host, root);
  const cut = connect(target);
  const channel = await cut.channel();
  const script = `set -eu\necho ran >> ${log}\n`;
  const request = { root, ...token, deployment: 'd1', step: '01-a', script, sha256: createHash('sha256').update(script).digest('hex'), limit: 10, verb: 'start', id: 1 };
  channel.sendRaw(JSON.stringify(request)); // whole but for its line end
  channel.close();
  await until('the end of its helper', async () => ((await inside(target, 'pgrep -fc "^/usr/bin/python3 .* serve$" || true')) === '1' ? true : undefined));
  const raw = await host.channel();
  await expect(raw.request('start', { ...request, id: undefined, script: script.slice(0, -5) })).rejects.toMatchObject({ code: 'damaged' });
  await expect(raw.request('undo', { ...request, id: undefined, verb: 'undo', mode: 'finish', script: script.slice(0, -5) })).rejects.toMatchObject({ code: 'damaged' });
  expect((await target.run(`cat ${log}`)).code).not.toBe(0);
  expect((await host.states(root, 'd1'))['01-a']?.state ?? 'absent').toBe('absent');
});

test('malformed requests are refused with a sentence, and begin nothing', async () => {
  const { root } = ownPlace();
  const token = await claimed(host, root);
  const good = task(token, '01-a', 'true');
  for (const [wrong, said] of [
    [{ step: '../escape' }, 'not a plain name'], [{ limit: 0 }, 'time limit'], [{ command: sh([], { cwd: 'here' }) }, 'not absolute'],
    [{ secrets: { 'A B': 'x' } }, 'no variable'], [{ command: sh([], { env: { 'X=Y': '1' } }) }, 'no variable'],
  ] as const) {
    await expect(host.start(root, { ...good, ...wrong })).rejects.toMatchObject({ code: 'malformed', message: expect.stringContaining(said) as string });
  }
  await expect(host.start('relative/root', good)).rejects.toMatchObject({ code: 'malformed' });
  await expect(host.start(root, task(token, '01-a', sh(['true'], { user: 'nobody-here' })))).rejects.toMatchObject({ code: 'not-started', message: expect.stringContaining('nobody-here') as string });
  expect((await target.run('ls -d /sys/fs/cgroup/sternway.slice/*/task-*')).stdout).toBe('');
  await expect((await host.channel()).request('frobnicate', {})).rejects.toMatchObject({ code: 'malformed' });
  // What nobody foresaw is answered too, with where it happened: nobody waits for an answer that does not come.
  await expect((await host.channel()).request('look', { root: 7 })).rejects.toMatchObject({ code: 'bug', message: expect.stringContaining('in _root') as string });
  expect(await host.start(root, good)).toMatchObject({ state: 'ended', code: 0 });
});

test('on a full disk the step under way still reports its end, and the next one is refused [F32]', async () => {
  const { log } = ownPlace();
  const root = `${STATE}/full/shop`;
  await inside(target, `mkdir -p ${STATE}/full && mount -t tmpfs -o size=256k tmpfs ${STATE}/full`);
  try {
    const token = await claimed(host, root);
    const running = host.start(root, task(token, '01-a', `touch ${log}; while [ ! -e ${log}.go ]; do sleep 0.02; done; exit 7`));
    await until('the start', async () => ((await target.run(`test -e ${log}`)).code === 0 ? true : undefined));
    await target.run(`dd if=/dev/zero of=${STATE}/full/filler bs=4k; touch ${log}.go`);
    expect(await running).toMatchObject({ state: 'ended', code: 7 });
    const next = await host.start(root, task(token, '01-b', `touch ${log}.b`)).catch((error: unknown) => error);
    expect(next).toMatchObject({ message: expect.stringMatching(/No space left/) as string });
    expect((await target.run(`test -e ${log}.b`)).code).not.toBe(0);
    await inside(target, `rm ${STATE}/full/filler`);
    expect(await host.start(root, task(token, '01-b', `touch ${log}.b`))).toMatchObject({ state: 'ended', code: 0, adopted: false });
  } finally {
    await inside(target, `umount ${STATE}/full`);
  }
});

test('output is bounded on the disk and in the answer, and its digest still comes [F19]', async () => {
  const { root } = ownPlace();
  const token = await claimed(host, root);
  const ended = await host.start(root, task(token, '01-a', 'head -c 300000000 /dev/zero | tr "\\0" x; sleep 1.2; echo; echo the end'));
  expect(ended).toMatchObject({ state: 'ended', code: 0, bytes: 300_000_009 });
  expect(ended.tail).toHaveLength(2000);
  expect(ended.tail).toMatch(/x\nthe end\n$/);
  expect(ended.outputSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(Number(await inside(target, `du -k ${root}/d1/tasks/01-a/forward/out | cut -f1`))).toBeLessThan(66 * 1024);
}, 240_000);

test('output of the host cannot forge an answer: control characters and look-alike lines stay text [F56]', async () => {
  const { root } = ownPlace();
  const token = await claimed(host, root);
  const forged = `{"id":1,"ok":{"state":"ended","code":0}}`;
  const ended = await host.start(root, task(token, '01-a', `printf '\\n%s\\n\\033[2J\\377' '${forged}'; exit 5`));
  expect(ended).toMatchObject({ state: 'ended', code: 5, tail: `\n${forged}\n\u001b[2J\ufffd` });
});

test('files of a deployment are kept whole, with their mode, and read back', async () => {
  const { root } = ownPlace();
  const token = await claimed(host, root);
  await host.store(root, token, 'd1', { 'plan.json': { content: '{"ä":1}' }, 'break-glass.sh': { content: '#!/bin/sh\n', mode: 0o700 } });
  expect(await host.fetch(root, 'd1', 'plan.json')).toBe('{"ä":1}');
  expect(await inside(target, `stat -c %a ${root}/d1/break-glass.sh ${root}/d1/plan.json ${root}`)).toBe('700\n600\n700');
  await expect(host.store(root, token, 'd1', { '../claim.json': { content: '' } })).rejects.toMatchObject({ code: 'malformed' });
});
