// What check and plan say when a host cannot be used: from real refusals where a real sshd is not needed, else from the words of src/hosts.
import net from 'node:net';
import { once } from 'node:events';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planText } from '../../src/cli/commands/plan';
import { remedy } from '../../src/cli/remedy';
import { styleFor } from '../../src/cli/render/style';
import type { Host } from '../../src/config/schema';
import { ConnectionLost, HostRefused } from '../../src/hosts/failures';
import { readHelper } from '../../src/hosts/helper-files';
import { PLAN_FORMAT, type Plan } from '../../src/plan/plan';
import { jsonLines, sternway } from './support/cli';
import { document, writeConfig } from './support/config';

const directory = mkdtempSync(join(tmpdir(), 'sternway-check-'));
const key = join(directory, 'id_ed25519');
let deaf: net.Server;

beforeAll(async () => {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  deaf = net.createServer((socket) => socket.end('not ssh\n'));
  deaf.listen(0, '127.0.0.1');
  await once(deaf, 'listening');
});

afterAll(() => {
  deaf.close();
  rmSync(directory, { recursive: true, force: true });
});

function withHost(host: object): void {
  const content = document('shop') as { environments: { production: { hosts: Record<string, object> } } };
  content.environments.production.hosts['web-1'] = { ...content.environments.production.hosts['web-1'], ...host };
  writeConfig(directory, content);
}

const env = { TEMPORAL_ADDRESS: '127.0.0.1:1' };

describe('sternway check', () => {
  test('names the host that cannot be reached, what an administrator does, and that Temporal is away: exit 12', async () => {
    withHost({ key, port: 1 });
    const { code, out, err } = await sternway(['check'], { cwd: directory, env });
    expect(code).toBe(12);
    expect(out).toMatch(/^✓ .*sternway\.yml has no mistakes\n\nshop\/production\n {2}✗ web-1\n {6}no connection to 127\.0\.0\.1:1/);
    expect(out).toContain('An administrator of web-1 runs:\n        # is sshd running, and does the network let us through to 127.0.0.1:1?\n        systemctl status ssh\n');
    expect(out).toMatch(/\n– Temporal\n {6}The Temporal server at 127\.0\.0\.1:1 cannot be\s+reached/);
    expect(err).toBe('sternway: 1 of 1 hosts is not ready: a deployment would be refused\n');
  });

  test('tells what speaks no SSH from what is away, and gives one finding a line with --json', async () => {
    withHost({ key, port: (deaf.address() as net.AddressInfo).port });
    const { code, out } = await sternway(['check', '--json'], { cwd: directory, env });
    expect(code).toBe(12);
    expect(jsonLines(out)).toMatchObject([{ v: 1, type: 'check', environment: 'production', host: 'web-1', ok: false }, { host: 'Temporal', ok: false }]);
  });

  test('names a private key that is not there, which is mended on the worker', async () => {
    withHost({ key: join(directory, 'missing') });
    const { code, out } = await sternway(['check'], { cwd: directory, env });
    expect(code).toBe(12);
    expect(out).toContain(`ssh-keygen -t ed25519 -f ${join(directory, 'missing')}\n`);
  });
});

test('sternway helper prints a script for root with the helper and its one line in sudoers, and connects to nobody [SE-06]', async () => {
  withHost({ key, port: 1 });
  const { code, out, err } = await sternway(['helper', 'web-1'], { cwd: directory, env });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  execFileSync('sh', ['-n'], { input: out });
  const home = `/var/lib/sternway/bin/${readHelper().checksum}`;
  expect(out).toContain(`printf '%s\\n' 'deploy ALL=(root) NOPASSWD: '"$(command -v python3)"' -I ${home} serve' > /etc/sudoers.d/sternway-deploy.new\nvisudo -cqf /etc/sudoers.d/sternway-deploy.new\n`);
  expect(readFileSync(join(__dirname, '../../docs/security.md'), 'utf8')).toContain('\ndeploy ALL=(root) NOPASSWD: /usr/bin/python3 -I /var/lib/sternway/bin/CHECKSUM serve\n');
  expect(JSON.parse(/^\{.*\}$/m.exec(out)?.[0] ?? 'null')).toEqual({ home, files: readHelper().files });
  expect(await sternway(['helper', 'web-9'], { cwd: directory, env })).toMatchObject({ code: 2, out: '', err: 'sternway: web-9 is not a host of production (it has web-1)\n' });
});

test('sternway plan says which host keeps it from planning, and which command says more: exit 12, nothing printed', async () => {
  withHost({ key, port: 1 });
  const { code, out, err } = await sternway(['plan', 'v2'], { cwd: directory, env });
  expect({ code, out }).toEqual({ code: 12, out: '' });
  expect(err).toMatch(/^sternway: web-1: no connection to 127\.0\.0\.1:1 .*; sternway check says what to do\n$/);
});

describe('the commands for an administrator', () => {
  const host = (rest: object = {}): Host => ({ address: '10.0.0.5', port: 22, user: 'deploy', key, host_key: '', roles: ['web'], become: 'sudo', ...rest });
  const lines = (error: Error): string => (remedy(error, 'web-1', host(), '/var/lib/sternway') ?? []).join('\n');

  test('give sudo without a password by a file that is checked first, and say what that is worth', () => {
    const text = lines(new HostRefused('web-1: sudo asks for a password; give the deploy user a NOPASSWD line (sternway check prints it)'));
    expect(text).toBe(
      [
        '# deploy then is root for whoever holds its key, as deploying means (docs/security.md). The narrow way, the helper alone, once for',
        '# each of its versions: where sternway.yml is, make the script; bring it here; run it as root',
        '#   sternway helper web-1 > install-helper.sh',
        '# or the wide way, with which the helper installs itself:',
        `printf '%s\\n' 'deploy ALL=(root) NOPASSWD: ALL' > /etc/sudoers.d/sternway-deploy.new`,
        'visudo -cf /etc/sudoers.d/sternway-deploy.new && chmod 0440 /etc/sudoers.d/sternway-deploy.new && mv /etc/sudoers.d/sternway-deploy.new /etc/sudoers.d/sternway-deploy',
      ].join('\n'),
    );
  });

  test('hold the public half of our key', () => {
    const [type, base64] = execFileSync('ssh-keygen', ['-y', '-f', key], { encoding: 'utf8' }).split(/\s/);
    const text = lines(new HostRefused('web-1: deploy@10.0.0.5 does not accept our key; add its public half'));
    expect(text).toContain(`printf '%s\\n' '${type} ${base64} sternway' >> ~deploy/.ssh/authorized_keys`);
  });

  test('never take a host key from the connection that was refused', () => {
    expect(lines(new HostRefused('web-1: the host key is not the pinned one (shown: x y; pinned: z)'))).toMatch(/cat \/etc\/ssh\/ssh_host_\*_key\.pub\n# never take it from the connection that was refused/);
  });

  test('are sh', () => {
    for (const message of ['sudo asks', 'does not accept our key', 'host key is not', 'python3 is not installed', 'helper could not be installed', 'private key /x cannot be read']) {
      execFileSync('sh', ['-n'], { input: lines(new HostRefused(message)) });
    }
    execFileSync('sh', ['-n'], { input: lines(new ConnectionLost('x')) });
  });

  test('are none for what is no fault of a host', () => {
    expect(remedy(new TypeError('x'), 'web-1', host(), '/var/lib/sternway')).toBeUndefined();
  });
});

test('a plan is printed by phase, each step with its hosts and its way back; with --commands what runs, once where it is the same', () => {
  const stop = { run: { script: 'set -eu\nsystemctl stop shop\n' }, undo: { script: 'systemctl start shop\x1b[2J\n', user: 'shop', cwd: '/opt/shop' } };
  const plan: Plan = {
    format: PLAN_FORMAT, app: 'shop', environment: 'production', deployment: 'd1', strategy: 'systemd', release: { tag: 'v2', commit: 'c0ffee00c0ffee00' },
    previous: { tag: 'v1', deployment: null, path: '/opt/shop' }, root: '/var/lib/sternway/shop/production', hosts: ['web-1', 'web-2'], hash: 'f00', limits: { deadline: 1800, undoBudget: 600, heartbeat: 5 },
    steps: [
      { id: '01-stop', title: 'stop the app', activity: 'stopServices', phase: 'stop', kind: 'change', tasks: { 'web-1': stop, 'web-2': stop }, onTurnBack: 'finish', limit: 60 },
      { id: '02-back-up', title: 'back up the database', activity: 'backUp', phase: 'migrate', kind: 'change', tasks: { 'web-1': { run: { script: 'true\n' } } }, onTurnBack: 'finish', limit: 60 },
      { id: '03-outside', title: 'the site answers', activity: 'look', phase: 'check', kind: 'check', tasks: { worker: {} }, onTurnBack: 'finish', limit: 60, outside: { run: [{ name: 'page', url: 'https://shop.test/', status: 200 }], seconds: 5 } },
    ],
  };
  const style = styleFor(false, { LANG: 'C.UTF-8' });
  expect(planText(plan, style, false).join('\n')).toMatchInlineSnapshot(`
    "shop/production  v2  (commit c0ffee00c0ff)
    from v1, on web-1, web-2, strategy systemd
    3 steps; turned back after 30 min; 10 min for each undo
    plan f00

    stop
      stop the app          web-1 web-2   undo

    migrate
      back up the database  web-1

    check
      the site answers      from outside  check"
  `);
  expect(planText(plan, style, true).slice(6).join('\n')).toMatchInlineSnapshot(`
    "  stop the app          web-1 web-2   undo
          does, web-1, web-2:
            set -eu
            systemctl stop shop
          undoes, web-1, web-2:
            # as shop, in /opt/shop
            systemctl start shop\\x1b[2J

    migrate
      back up the database  web-1
          does, web-1:
            true

    check
      the site answers      from outside  check
          does, from outside:
            GET https://shop.test/  (expects 200)"
  `);
});
