import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';

const TOOLS = resolve(__dirname, '../../tools');

interface Sections {
  readonly [name: string]: { hash: string; entries: Record<string, string> };
}
interface Act {
  readonly broken: string[];
  promise(holds: boolean, sentence: string, otherwise: string): void;
  wentBack(states: { before: object; middle: object; after: object }, mayDiffer?: string[]): void;
}
interface Demo {
  Act: new (stage: object) => Act;
  Reading: new (read: { digest: string; sections: Sections }) => object;
  summarize(seen: { at: number; kind: string; why: string }[]): object;
  withPending(text: string, pending: string[]): string;
}

let demo: Demo;
beforeAll(async () => {
  const files = ['act', 'serving-state', 'users', 'command'].map((name) => import(`${TOOLS}/demo/${name}.mjs`) as Promise<Partial<Demo>>);
  demo = Object.assign({}, ...(await Promise.all(files))) as Demo;
});

function reading(files: string, schema: string): object {
  const sections = { files: { hash: files, entries: { '/opt/shop/.env': files } }, schema: { hash: schema, entries: { items: schema } } };
  return new demo.Reading({ digest: `${files}-${schema}`, sections });
}

function wayBack(before: object, middle: object, after: object, mayDiffer?: string[]): { broken: string[]; screen: string } {
  const screen: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean(screen.push(String(text))));
  const act = new demo.Act({ users: { forget: () => undefined } });
  act.wentBack({ before, middle, after }, mayDiffer);
  write.mockRestore();
  return { broken: act.broken, screen: screen.join('') };
}

test('refuses an option it does not know in one sentence, with exit code 2', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${TOOLS}/demo.mjs`, '--stack', 'django'], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toBe('npm run demo: "--stack" is not an option of the demo: write `npm run demo`, or `npm run demo -- --keep` to leave everything running at the end.\n');
});

test('an act whose host did not come back is not as promised, and what differs is named', () => {
  const { broken, screen } = wayBack(reading('a', 's'), reading('b', 's'), reading('c', 's'));
  expect(broken).toEqual(['the host is not as it was: files']);
  expect(screen).toContain('files: /opt/shop/.env: was a, is c');
  expect(screen).not.toMatch(/equal/);
});

test('an act in which nothing had changed proves nothing', () => {
  expect(wayBack(reading('a', 's'), reading('a', 's'), reading('a', 's')).broken).toEqual(['nothing had changed in the middle']);
});

test('what may stay after a rollback may differ, and nothing else', () => {
  expect(wayBack(reading('a', 's'), reading('b', 't'), reading('a', 't'), ['schema'])).toMatchObject({ broken: [], screen: expect.stringContaining('equal but for schema') as unknown });
  expect(wayBack(reading('a', 's'), reading('b', 't'), reading('c', 't'), ['schema']).broken).toEqual(['the host is not as it was: files, schema']);
});

test('the site is closed from the first maintenance page to the first page after it, whatever the order of the answers', () => {
  const seen = [{ at: 900, kind: 'page' }, { at: 0, kind: 'page' }, { at: 500, kind: 'maintenance' }, { at: 300, kind: 'maintenance' }, { at: 1000, kind: 'error' }];
  expect(demo.summarize(seen.map((each) => ({ ...each, why: 'status 502' })))).toEqual({ pages: 2, closedSeconds: 0.6, errors: ['status 502'] });
});

test('what is said in the middle of a command goes above its moving lines, once', () => {
  const pending = ['said'];
  expect(demo.withPending('no wipe here\n', pending)).toBe('no wipe here\n');
  expect(demo.withPending('\x1b[2A\r\x1b[Jmoving\n', pending)).toBe('\x1b[2A\r\x1b[Jsaid\nmoving\n');
  expect(demo.withPending('\x1b[2A\r\x1b[Jmoving\n', pending)).toBe('\x1b[2A\r\x1b[Jmoving\n');
});
