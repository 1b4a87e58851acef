import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { LocalShop, Releases } from './local-shop';

// Programs, servers and a host start here, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 240_000 });

let releases: Releases;
let first: LocalShop;
let shop: LocalShop;
beforeAll(async () => {
  releases = await Releases.make();
  first = new LocalShop(releases);
  await first.databasePy('v1.0.0', ['upgrade']);
}, 180_000);
afterAll(() => {
  first.remove();
  releases.remove();
});
beforeEach(() => {
  shop = new LocalShop(releases, first.database);
});
afterEach(() => shop.remove());

describe('the shop', () => {
  test('serves its page, the stylesheet that the page links to, its items and its state [VF-37]', async () => {
    const app = await shop.start('v1.0.0');
    await app.post('/api/v1/items', { name: 'Tea', price_cents: 350 });

    const page = await (await app.get('/')).text();
    expect(page).toContain('Tea');
    const stylesheet = /href="(\/static\/[^"]+)"/.exec(page)?.[1] ?? 'no link';
    expect((await app.get(stylesheet)).status).toBe(200);
    expect(await (await app.get('/api/v1/items')).json()).toEqual({
      items: [{ id: 1, name: 'Tea', price_cents: 350, sku: null }],
    });
    expect(await (await app.get('/api/v1/status/')).json()).toMatchObject({
      version: 'v1.0.0',
      status: 'operational',
      environment: 'production',
      pid: app.child.pid,
    });
  });

  test('refuses an item without a name or with a price that is no whole number, and stores nothing', async () => {
    const app = await shop.start('v1.0.0');
    for (const item of [{ price_cents: 1 }, { name: 'Tea', price_cents: 1.5 }, { name: 'Tea', price_cents: -1 }, [], 'Tea']) {
      expect((await app.post('/api/v1/items', item)).status, JSON.stringify(item)).toBe(400);
    }
    expect(await (await app.get('/api/v1/items')).json()).toEqual({ items: [] });
  });

  test('stores an uploaded file once, inside the media directory, and never replaces one', async () => {
    const app = await shop.start('v1.0.0');
    const upload = async (content: string): Promise<Response> => {
      const form = new FormData();
      form.set('file', new Blob([content]), '../photo.txt');
      return fetch(`${app.url}/api/v1/media`, { method: 'POST', body: form });
    };
    expect(await (await upload('first')).json()).toEqual({ name: 'photo.txt', url: '/media/photo.txt' });
    expect((await upload('second')).status).toBe(409);
    expect(readFileSync(join(shop.root, 'media/photo.txt'), 'utf8')).toBe('first');
  });

  test('is unhealthy with a text for the database while the database is away, and healthy again after [VF-35, VF-36]', async () => {
    const app = await shop.start('v1.0.0');
    const healthy = await app.get('/health/');
    expect(healthy.status).toBe(200);
    expect(await healthy.json()).toMatchObject({ status: 'healthy', version: 'v1.0.0', services: { database: 'connected' } });

    renameSync(shop.database, `${shop.database}.away`);
    const unhealthy = await app.get('/health/');
    expect(unhealthy.status).toBe(503);
    expect(await unhealthy.json()).toMatchObject({
      status: 'unhealthy',
      services: { database: expect.stringMatching(/^error: unable to open/) },
    });

    renameSync(`${shop.database}.away`, shop.database);
    expect((await app.get('/health/')).status).toBe(200);
  });

  test('is unhealthy while a migration of its own release has not run', async () => {
    const app = await shop.start('v1.2.0');
    const answer = await app.get('/health/');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ services: { database: 'error: migration 0002_item_note has not run' } });
  });

  test('reports the deployment that installed it once a REVISION file is there', async () => {
    const revision = join(await releases.directory('v1.1.0'), 'REVISION');
    writeFileSync(revision, JSON.stringify({ release: 'v1.1.0', commit: 'abc', deployment: 'd-1' }));
    const app = await shop.start('v1.1.0').finally(() => rmSync(revision));
    expect(await (await app.get('/api/v1/status/')).json()).toMatchObject({ version: 'v1.1.0', commit: 'abc', deployment: 'd-1' });
  });

  test('never listens when a required setting is missing, and names it', async () => {
    await expect(shop.start('v1.0.0', { SECRET_KEY: '' })).rejects.toThrow(/missing settings: SECRET_KEY/);
  });
});

describe('database.py', () => {
  test('appends one line for every upgrade that runs, with the deployment it runs for', async () => {
    await shop.databasePy('v1.2.0', ['upgrade'], { STERNWAY_DEPLOYMENT: 'd-7' });
    await shop.databasePy('v1.2.0', ['upgrade']);
    const lines = readFileSync(shop.runs, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/^\S+ pid=\d+ /, ''))).toEqual([
      'deployment=d-7 pending=1',
      'deployment=- pending=0',
    ]);
  });

  test('touches nothing when the run cannot be recorded', async () => {
    const before = await shop.contents();
    const answer = await shop.databasePy('v1.2.0', ['upgrade'], { MIGRATE_COUNTER: '/nowhere/runs.log' });
    expect(answer.code).toBe(2);
    expect(answer.stderr).toContain('this run cannot be recorded in /nowhere/runs.log');
    expect(await shop.contents()).toBe(before);
  });

  test.each([[['sideways']], [[]], [['downgrade']], [['status', '--xml']]])('answers %j with its usage and exit code 2', async (args) => {
    const answer = await shop.databasePy('v1.0.0', args);
    expect(answer).toMatchObject({ code: 2, stdout: '' });
    expect(answer.stderr).toContain('python database.py upgrade');
  });

  test('refuses to go back to a revision that was never applied', async () => {
    const answer = await shop.databasePy('v1.0.0', ['downgrade', '0009']);
    expect(answer).toMatchObject({ code: 1, stderr: 'database.py: 0009 is not an applied revision\n' });
  });

  test('refuses to take back a migration that the release does not know, before it takes any back', async () => {
    await shop.databasePy('v1.2.0', ['upgrade']);
    const before = await shop.contents();
    const answer = await shop.databasePy('v1.1.0', ['downgrade', '0000']);
    expect(answer.code).toBe(1);
    expect(answer.stderr).toContain('0002_item_note is not known to this release');
    expect(await shop.contents()).toBe(before);
  });
});
