import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { LocalShop, Releases, run, until } from './local-shop';

// Programs, servers and a host start here, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 240_000 });

const SCRIPT = resolve(__dirname, '../../examples/shop/releases.py');

describe('releases.py', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'releases-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const make = (name: string): ReturnType<typeof run> => run('python3', [SCRIPT, '--out', join(directory, name)]);
  const git = async (name: string, ...args: string[]): Promise<string> =>
    (await run('git', ['--git-dir', join(directory, name), ...args])).stdout;

  test('makes the same commits and tags every time, whoever runs it and in whatever time zone', async () => {
    await make('one.git');
    const env = { TZ: 'Asia/Tokyo', GIT_AUTHOR_NAME: 'Somebody', GIT_COMMITTER_DATE: '2001-01-01T00:00:00Z', HOME: directory };
    writeFileSync(join(directory, '.gitconfig'), '[core]\n\tautocrlf = true\n');
    await run('python3', [SCRIPT, '--out', join(directory, 'two.git')], { env });
    const refs = await git('one.git', 'for-each-ref');
    expect(refs).toContain('refs/tags/v1.6.0');
    expect(await git('two.git', 'for-each-ref')).toBe(refs);
  });

  test('gives every release an annotated tag, and a VERSION that is the name of the tag [RD-01]', async () => {
    await make('shop.git');
    const tags = (await git('shop.git', 'for-each-ref', '--format=%(objecttype) %(refname:short)', 'refs/tags')).trim().split('\n');
    expect(tags).toHaveLength(15);
    for (const line of tags) {
      const [type, tag] = line.split(' ');
      expect(type, line).toBe('tag');
      expect(await git('shop.git', 'show', `${tag}:VERSION`)).toBe(`${tag}\n`);
    }
  });

  test('leaves a directory that holds something alone, with exit code 2', async () => {
    await run('mkdir', [join(directory, 'mine')]);
    writeFileSync(join(directory, 'mine/precious'), 'kept');
    const answer = await make('mine');
    expect(answer.code).toBe(2);
    expect(answer.stderr).toMatch(/mine is not an empty directory/);
    expect(readFileSync(join(directory, 'mine/precious'), 'utf8')).toBe('kept');
    expect(existsSync(join(directory, 'mine/HEAD'))).toBe(false);
  });
});

describe('releases', () => {
  let releases: Releases;
  let first: LocalShop;
  let shop: LocalShop;
  beforeAll(async () => {
    releases = await Releases.make();
    first = new LocalShop(releases);
    await first.databasePy('v1.2.0', ['upgrade']);
    const app = await first.start('v1.2.0');
    await app.post('/api/v1/items', { name: 'Tea', price_cents: 350, sku: 'T-1', note: 'green' });
    await app.stop();
  }, 180_000);
  afterAll(() => {
    first.remove();
    releases.remove();
  });
  beforeEach(() => {
    shop = new LocalShop(releases, first.database);
  });
  afterEach(() => shop.remove());

  test.each(['v1.2.0', 'v1.3.0', 'v1.4.0', 'v1.5.5-slow-start', 'v1.5.7-slow-migration', 'v1.6.0'])(
    '%s is good: migrated from v1.2.0 it is healthy, serves the items and reports itself',
    async (tag) => {
      expect(await shop.databasePy(tag, ['upgrade'])).toMatchObject({ code: 0, stderr: '' });
      const app = await shop.start(tag);
      expect(await (await app.get('/health/')).json()).toMatchObject({ status: 'healthy', version: tag });
      expect(await (await app.get('/api/v1/status/')).json()).toMatchObject({ version: tag });
      expect(await (await app.get('/')).text()).toContain('Tea');
      const more = { name: 'Salt', title: 'Salt', price_cents: 99 };
      expect((await app.post('/api/v1/items', more)).status).toBe(201);
      expect(await (await app.get('/api/v1/items')).json()).toHaveProperty('items.length', 2);
    },
  );

  test('v1.1.0 is good without a migration', async () => {
    await shop.databasePy('v1.2.0', ['downgrade', '0001']);
    expect((await shop.databasePy('v1.1.0', ['plan'])).stdout).toBe('[]\n');
    const app = await shop.start('v1.1.0');
    expect((await app.get('/health/')).status).toBe(200);
    expect(await (await app.get('/')).text()).toContain('€ 3.50');
  });

  test.each([
    ['v1.5.7-slow-migration', 'v1.2.0', ['additive']],
    ['v1.6.0', 'v1.2.0', ['additive', 'additive']],
    ['v1.3.0', 'v1.2.0', ['reversible']],
    ['v1.4.0', 'v1.2.0', ['reversible', 'irreversible']],
  ])('%s says before it runs what its migrations mean for %s', async (tag, _from, kinds) => {
    const plan = JSON.parse((await shop.databasePy(tag, ['plan'])).stdout) as { kind: string; revision: string; description: string }[];
    expect(plan.map(({ kind }) => kind)).toEqual(kinds);
    expect(plan.every(({ revision, description }) => /^\d{4}_/.test(revision) && description !== '')).toBe(true);
  });

  test.each([
    ['v1.2.0', 'v1.1.0'],
    ['v1.6.0', 'v1.2.0'],
  ])('%s is additive: %s works on its schema, and a way back leaves schema and rows as they were', async (tag, earlier) => {
    if (tag === 'v1.2.0') await shop.databasePy('v1.2.0', ['downgrade', '0001']);
    const before = await shop.contents();
    const revision = (await shop.databasePy(earlier, ['status'])).stdout.trim();
    await shop.databasePy(tag, ['upgrade']);
    const app = await shop.start(earlier);
    expect((await app.get('/health/')).status).toBe(200);
    expect((await app.get('/')).status).toBe(200);
    await app.stop();
    expect((await shop.databasePy(tag, ['downgrade', revision])).code).toBe(0);
    expect(await shop.contents()).toBe(before);
  });

  test('v1.3.0 is reversible but not additive: v1.2.0 cannot work on its schema until it is taken back without loss', async () => {
    const before = await shop.contents();
    await shop.databasePy('v1.3.0', ['upgrade']);
    const old = await shop.start('v1.2.0');
    expect((await old.get('/')).status).toBe(500);
    await old.stop();
    await shop.databasePy('v1.3.0', ['downgrade', '0002']);
    expect(await shop.contents()).toBe(before);
  });

  test('v1.4.0 is irreversible: its downgrade is refused and takes nothing back', async () => {
    await shop.databasePy('v1.4.0', ['upgrade']);
    const after = await shop.contents();
    expect(after).not.toContain('T-1');
    const answer = await shop.databasePy('v1.4.0', ['downgrade', '0002']);
    expect(answer.code).toBe(1);
    expect(answer.stderr).toContain('0004_drop_sku is irreversible: restore the database from a backup');
    expect(await shop.contents()).toBe(after);
  });

  test('v1.5.0-answers-500 answers 500 to all but /health/', async () => {
    const app = await shop.start('v1.5.0-answers-500');
    for (const path of ['/', '/api/v1/items', '/api/v1/status/']) expect((await app.get(path)).status, path).toBe(500);
    expect((await app.get('/health/')).status).toBe(200);
  });

  test('v1.5.1-dies-after-3s works first, and has ended by itself with an error about 3 seconds later', async () => {
    const app = await shop.start('v1.5.1-dies-after-3s');
    const started = performance.now();
    expect((await app.get('/api/v1/status/')).status).toBe(200);
    await until(() => app.child.exitCode !== null, 10_000);
    expect(app.child.exitCode).toBe(1);
    expect(performance.now() - started).toBeGreaterThan(2_000);
  });

  test('v1.5.2-migration-fails-halfway leaves two committed statements, says so, and refuses to go on or back', async () => {
    const before = await shop.contents();
    const revision = (await shop.databasePy('v1.2.0', ['status'])).stdout.trim();
    const answer = await shop.databasePy('v1.5.2-migration-fails-halfway', ['upgrade']);
    expect(answer.code).toBe(1);
    expect(answer.stderr).toMatch(/0005_discounts failed: no such column/);
    const halfway = await shop.contents();
    expect(halfway).not.toBe(before);
    expect(halfway).toContain('discount_percent');
    expect(halfway).toContain('351');
    expect((await shop.databasePy('v1.2.0', ['status'])).stdout).toBe(`${revision} (0005_discounts half applied)\n`);
    for (const args of [['upgrade'], ['downgrade', '0002']]) {
      expect(await shop.databasePy('v1.5.2-migration-fails-halfway', args)).toMatchObject({ code: 1 });
    }
    expect(await shop.contents()).toBe(halfway);
    const app = await shop.start('v1.2.0');
    expect((await app.get('/health/')).status).toBe(503);
  });

  test('v1.5.5-slow-start does not listen before it has warmed up', async () => {
    const app = await shop.spawn('v1.5.5-slow-start', { SHOP_WARM_UP_SECONDS: '2' });
    const started = performance.now();
    await until(() => app.log().includes('Listening at'), 20_000);
    expect(performance.now() - started).toBeGreaterThan(1_900);
    expect((await app.get('/health/')).status).toBe(200);
  });

  test('v1.5.6-lies works, and reports a release that it is not', async () => {
    const app = await shop.start('v1.5.6-lies');
    expect((await app.get('/')).status).toBe(200);
    expect(await (await app.get('/api/v1/status/')).json()).toMatchObject({ version: 'v1.1.0' });
  });

  test('v1.5.7-slow-migration waits while the hold file exists, with nothing changed yet, and then runs', async () => {
    const before = await shop.contents();
    writeFileSync(shop.hold, '');
    const upgrade = shop.databasePy('v1.5.7-slow-migration', ['upgrade']);
    await until(() => existsSync(shop.runs), 10_000);
    // It has recorded its run and now waits; had it not, the schema would change within milliseconds.
    for (const end = performance.now() + 300; performance.now() < end; ) expect(await shop.contents()).toBe(before);
    rmSync(shop.hold);
    expect(await upgrade).toMatchObject({ code: 0, stderr: '' });
    expect(await shop.contents()).toContain('stock');
  });

  test('v1.5.8-missing-env names the setting that it lacks, and never listens', async () => {
    await expect(shop.start('v1.5.8-missing-env')).rejects.toThrow(/missing settings: PAYMENT_API_KEY/);
    const app = await shop.start('v1.5.8-missing-env', { PAYMENT_API_KEY: 'x' });
    expect((await app.get('/health/')).status).toBe(200);
  });

  test('v1.6.0 brings requirements of its own, so that its virtual environment is another one', async () => {
    const requirements = async (tag: string): Promise<string> => readFileSync(join(await releases.directory(tag), 'requirements.txt'), 'utf8');
    expect(await requirements('v1.6.0')).not.toBe(await requirements('v1.2.0'));
    expect(await requirements('v1.5.7-slow-migration')).toBe(await requirements('v1.2.0'));
  });
});
