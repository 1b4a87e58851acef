import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';

const TOOLS = resolve(__dirname, '../../tools');

interface Sections {
  readonly [name: string]: { hash: string; entries: Record<string, string> };
}
interface Act {
  readonly broken: string[];
  promise(holds: boolean, sentence: string, otherwise: string): void;
  wentBack(states: { before: object; middle: object; after: object }, mayDiffer?: string[]): void;
}
interface Told {
  readonly stage: object;
  events(): Promise<object[]>;
  promise(holds: boolean, sentence: string, otherwise: string): void;
}
interface Demo {
  readArguments(words: string[]): object;
  tiers(act: Told): Promise<void>;
  Act: new (stage: object) => Act;
  Reading: new (read: { digest: string; sections: Sections }) => object;
  summarize(seen: { at: number; kind: string; why: string }[]): object;
  withPending(text: string, pending: string[]): string;
}

let demo: Demo;
beforeAll(async () => {
  const files = ['act', 'serving-state', 'users', 'command', 'arguments', 'acts/tiers'].map((name) => import(`${TOOLS}/demo/${name}.mjs`) as Promise<Partial<Demo>>);
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

test.each([
  [['--speed'], /^"--speed" is not an option of the demo: write `npm run demo`, .*\.$/],
  [['django'], /^"django" is not an option of the demo: write `npm run demo`, .*\.$/],
  [['--stack', 'rails'], /^"rails" is not a stack of the demo: choose one of shop, django\.$/],
  [['--stack', 'django', '--strategy', 'swarm'], /^"swarm" is not a strategy of the stack django: choose one of systemd, compose\.$/],
  [['--strategy', 'compose'], /^"compose" is not a strategy of the stack shop: choose one of systemd\.$/],
  [['--stack'], /^--stack needs a value: .*\.$/],
])('refuses %j in one sentence, with exit code 2, and nothing is raised', (words, sentence) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${TOOLS}/demo.mjs`, ...words], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^npm run demo: [^\n]+\n$/);
  expect(stderr.slice('npm run demo: '.length, -1)).toMatch(sentence);
});

test('shows the shop unless told otherwise, and the second stack under systemd unless told otherwise', () => {
  expect(demo.readArguments([])).toEqual({ stack: 'shop', strategy: 'systemd', keep: false });
  expect(demo.readArguments(['--stack', 'django', '--keep'])).toEqual({ stack: 'django', strategy: 'systemd', keep: true });
  expect(demo.readArguments(['--strategy=compose', '--stack=django'])).toEqual({ stack: 'django', strategy: 'compose', keep: false });
});

describe('the promise that all tiers passed', () => {
  const tier1 = '"verdict": "pass", "name": "redis", "tier": 1}\n{"verdict": "pass", "name": "celery", "tier": 1}\nhealth: pass';
  const promised = async (...outputs: string[]) => {
    const said: { holds: boolean; otherwise: string }[] = [];
    const probes = [{ name: 'health' }, { name: 'celery' }, { name: 'documents', tier: 2 }, { name: 'memory', tier: 3 }];
    const events = outputs.map((output) => ({ type: 'step-ended', kind: 'check', output }));
    await demo.tiers({ stage: { config: { probes } }, events: () => Promise.resolve(events), promise: (holds, _sentence, otherwise) => said.push({ holds, otherwise }) });
    return said.filter(({ holds }) => !holds).map(({ otherwise }) => otherwise);
  };

  test('is kept when each probe was read and passed, on hosts and from outside', async () => {
    expect(await promised(tier1, 'documents: pass', '{"verdict": "pass", "name": "memory", "tier": 3}')).toEqual([]);
  });

  test('is broken by a probe that nobody read, one that is unknown, and one that passed on one side only', async () => {
    expect(await promised(tier1, '{"verdict": "unknown", "name": "memory", "tier": 3}')).toEqual(['tier 2: no pass of documents', 'tier 3: no pass of memory']);
    expect(await promised(tier1, '{"verdict": "fail", "name": "health", "tier": 1}', 'documents: pass\nmemory: pass')).toEqual(['tier 1: no pass of health']);
  });
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
