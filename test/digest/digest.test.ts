import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { raiseShop, type ShopHost } from '../../testbed/shop';
import { databaseChanges, fileChanges, runningChanges } from './plants';

// Programs, servers and a host start here, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 240_000 });

interface State {
  digest: string;
  sections: Record<string, { hash: string; entries: Record<string, string> }>;
  notes: string[];
}

let shop: ShopHost;
let first: State;
beforeAll(async () => {
  shop = await raiseShop();
  await must('cat >/root/digest.py', readFileSync(join(__dirname, '../../testbed/digest.py'), 'utf8'));
  first = await read();
}, 300_000);
afterAll(async () => {
  await shop.remove();
});

async function must(command: string, input?: string): Promise<string> {
  const result = await shop.host.run(command, input === undefined ? {} : { input });
  if (result.code !== 0) throw new Error(`${command} ended with ${result.code ?? 'a signal'}: ${result.stderr}`);
  return result.stdout;
}

async function read(...options: string[]): Promise<State> {
  return JSON.parse(await must(`python3 /root/digest.py --json ${options.join(' ')}`)) as State;
}

/** `section: key` of every entry that differs, worked out here and not by the script. */
function changed(before: State, now: State): string[] {
  const names = [...new Set([...Object.keys(before.sections), ...Object.keys(now.sections)])];
  return names.flatMap((name) => {
    const [old, fresh] = [before.sections[name]?.entries ?? {}, now.sections[name]?.entries ?? {}];
    return [...new Set([...Object.keys(old), ...Object.keys(fresh)])].filter((key) => old[key] !== fresh[key]).map((key) => `${name}: ${key}`);
  });
}

describe('the serving-state digest', () => {
  test('covers something in every section, and gives the same answer when read again', async () => {
    for (const [name, { entries }] of Object.entries(first.sections)) expect(Object.keys(entries), name).not.toHaveLength(0);
    expect(Object.keys(first.sections).sort()).toEqual(['files', 'processes', 'rows', 'schema', 'served', 'sites', 'units']);
    expect(changed(first, await read())).toEqual([]);
    expect((await read()).digest).toBe(first.digest);
  });

  test.each([...fileChanges, ...databaseChanges, ...runningChanges].map((plant) => [plant.what, plant] as const))('changes with %s, and is the same again afterwards', async (_what, { make, back, found }) => {
    await must(make);
    const planted = await read();
    await must(back);
    expect(planted.digest).not.toBe(first.digest);
    expect(changed(first, planted)).toContainEqual(expect.stringMatching(found));
    const after = await read();
    expect(changed(first, after)).toEqual([]);
    expect(after.digest).toBe(first.digest);
  });

  test('is the same after a restart of app and nginx, after log lines, touched files and lost byte code', async () => {
    await must('systemctl reset-failed; systemctl restart shop nginx; echo line >>/var/log/shop/gunicorn.log; touch /opt/shop/wsgi.py; rm -r /opt/shop/shop/__pycache__');
    expect(changed(first, await read())).toEqual([]);
  });

  test('is the same after a reboot', async () => {
    await shop.host.reboot();
    expect(changed(first, await read())).toEqual([]);
  });

  test('does not see rows with --no-rows, and still sees the schema', async () => {
    const before = await read('--no-rows');
    const database = 'sqlite3 /opt/shop/data/shop.sqlite3';
    await must(`${database} "UPDATE items SET price_cents = price_cents + 1"`);
    expect((await read('--no-rows')).digest).toBe(before.digest);
    await must(`${database} "UPDATE items SET price_cents = price_cents - 1; ALTER TABLE items ADD COLUMN extra"`);
    expect((await read('--no-rows')).digest).not.toBe(before.digest);
    await must(`${database} "ALTER TABLE items DROP COLUMN extra"`);
    expect((await read()).digest).toBe(first.digest);
  });

  test('leaves out what is below an excluded directory, and nothing beside it', async () => {
    const before = await read('--exclude', '/opt/shop/media');
    await must('touch /opt/shop/media/new');
    expect((await read('--exclude', '/opt/shop/media')).digest).toBe(before.digest);
    await must('mv /opt/shop/media/new /opt/shop/media-new');
    expect((await read('--exclude', '/opt/shop/media')).digest).not.toBe(before.digest);
    await must('rm /opt/shop/media-new');
  });

  test('looks at the shop without a configuration as with one that says the same', async () => {
    const same = { root: ['/opt/shop', '/opt/shop.releases', '/etc/nginx', '/etc/systemd/system', '/etc/ssl/shop'], unit: ['shop.service', 'nginx.service'], server_name: 'shop.test' };
    await must('cat >/root/shop.json', JSON.stringify(same));
    expect((await read('--config', '/root/shop.json')).digest).toBe(first.digest);
    expect((await read('--config', '/root/shop.json', '--unit', 'nginx.service')).digest).not.toBe(first.digest);
  });

  test('prints one line for the whole, and one for each section', async () => {
    const lines = (await must('python3 /root/digest.py')).trimEnd().split('\n');
    expect(lines[0]).toBe(`${first.digest}  serving state`);
    expect(lines.slice(1).map((line) => line.trim().split(/\s+/)[1])).toEqual(Object.keys(first.sections).sort());
  });

  test('--diff says in plain lines what differs from an earlier reading, with exit code 1, and nothing with 0', async () => {
    await must('python3 /root/digest.py --json >/root/before.json; chmod 600 /opt/shop/.env');
    const differs = await shop.host.run('python3 /root/digest.py --diff /root/before.json');
    await must('chmod 640 /opt/shop/.env');
    expect(differs.code).toBe(1);
    expect(differs.stdout).toMatch(/^files: \/opt\/shop\/\.env was file 0640 shop shop \S+, is file 0600 shop shop \S+\n$/);
    expect(await shop.host.run('python3 /root/digest.py --diff /root/before.json')).toMatchObject({ code: 0, stdout: '' });
  });

  test('names a configuration file that was written after nginx read it, outside the digest', async () => {
    await must('touch /etc/nginx/sites-available/shop');
    const state = await read();
    expect(state.notes).toContain("/etc/nginx/sites-available/shop was changed after nginx's workers started");
    expect(state.digest).toBe(first.digest);
  });

  test.each([
    ['python3 /root/digest.py --diff /etc/passwd', /is not what --json printed/],
    ['python3 /root/digest.py --sideways', /unrecognized arguments/],
    ['python3 /root/digest.py --config /root/nowhere.json', /nowhere\.json: .*No such file/],
    [`echo '{"roots": []}' >/tmp/app.json; python3 /root/digest.py --config /tmp/app.json`, /app\.json: roots is not one of root, /],
    ['cp /root/digest.py /tmp/; runuser -u deploy -- python3 /tmp/digest.py', /not root/],
  ])('answers `%s` with one clear message and exit code 2', async (command, message) => {
    const answer = await shop.host.run(command);
    expect(answer).toMatchObject({ code: 2, stdout: '' });
    expect(answer.stderr).toMatch(message);
  });
});
