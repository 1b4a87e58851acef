import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as text from '../../src/config/schema/text';
import { CASES, type Make } from './support/fuzz-cases';
import { Words, type Word } from './support/fuzz-words';
import { RecordedRuns, type Recorded } from './support/recorded-run';

// Every builder, in a real shell, with words that mean something to shells in each place that takes a word from outside. No program is real.

const ROUNDS = 9;

let home: string;
let runs: RecordedRuns;
let count = 0;
/** By case: places whose word never reached a program, a file or a message. */
const silent: Record<string, readonly number[]> = {};
/** Programs that got a word which begins with a dash as an argument of its own, with nothing before it that says it is no option. */
const bare: Record<string, string[]> = {};

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'sternway-fuzz-'));
  runs = new RecordedRuns(home);
  for (const [name, make] of Object.entries(CASES)) {
    const [arrived, places] = [new Set<number>(), new Set<number>()];
    for (let round = 0; round < ROUNDS; round++) {
      const outcome = tried(name, make);
      outcome.arrived.forEach((place) => arrived.add(place));
      outcome.words.forEach(({ place }) => places.add(place));
      count += outcome.arrived.size;
      for (const program of outcome.bare) bare[program] = [...new Set([...(bare[program] ?? []), name])];
    }
    const never = [...places].filter((place) => !arrived.has(place));
    if (never.length > 0) silent[name] = never;
  }
}, 900_000);
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** All texts that reached a program: each argument, and each text inside one that is JSON. */
function arguments_(calls: Recorded['calls']): string[] {
  return calls.flatMap(([, ...args]) => args.flatMap((arg) => [arg, ...(/^[[{]/.test(arg) ? inJson(arg) : [])]));
}

function inJson(arg: string): string[] {
  const all = (value: unknown): string[] =>
    typeof value === 'string' ? [value] : Array.isArray(value) ? value.flatMap(all) : typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, item]) => [key, ...all(item)]) : [];
  try {
    return all(JSON.parse(arg));
  } catch {
    return [];
  }
}

/** Paths of all files below, as they are: what a redirection made. */
function made(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => [join(folder, name), ...(statSync(join(folder, name)).isDirectory() ? made(join(folder, name)) : [])]);
}

interface Outcome {
  readonly words: readonly Word[];
  readonly arrived: ReadonlySet<number>;
  readonly bare: readonly string[];
}

/** The programs of the calls in which a whole word stands where an option could. */
function bareIn(calls: Recorded['calls'], words: readonly Word[]): string[] {
  const dashed = new Set(words.map(({ text: word }) => word).filter((word) => word.startsWith('-')));
  return calls.flatMap(([program = '', ...args]) => (args.slice(0, args.includes('--') ? args.indexOf('--') : undefined).some((arg) => dashed.has(arg)) ? [program] : []));
}

function tried(name: string, make: Make): Outcome {
  const at = mkdtempSync(join(home, 'run-'));
  const words = new Words(at);
  const { command, answers = {}, folders = [], programs = [] } = make(words);
  if (command === undefined) throw new Error(`${name} built nothing`);
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  for (const program of programs) runs.program(program);
  const { calls, said } = runs.run(command.script, at, answers);
  const files = made(at);
  const context = `${name}\n${command.script}\n${said}`;
  expect(files.filter((file) => basename(file) === 'canary'), context).toEqual([]);
  expect(calls.filter(([, ...args]) => args.includes('canary')), context).toEqual([]);
  const contents = files.flatMap((file) => (statSync(file).isFile() ? [readFileSync(file, 'utf8')] : []));
  const places = [...arguments_(calls), ...files, ...contents, said];
  const arrived = new Set<number>();
  for (const word of words.all) {
    for (const place of places) {
      if (!place.includes(word.from)) continue;
      // Inside a document a word stands as JSON writes it; the document's own texts are looked at by themselves.
      if (!place.includes(word.text) && !place.includes(JSON.stringify(word.text).slice(1, -1))) expect(place, context).toContain(word.text);
      arrived.add(word.place);
    }
  }
  rmSync(at, { recursive: true, force: true });
  return { words: words.all, arrived, bare: bareIn(calls, words.all) };
}

test('10,000 words from outside go through every builder in a real shell: none runs, and each arrives byte for byte [F30]', () => {
  expect(count).toBeGreaterThan(10_000);
  // These stand in the shell's own comparisons, or lie on another way through the script.
  expect(silent).toMatchInlineSnapshot(`
    {
      "compose: prune": [
        2,
        4,
      ],
      "compose: remove images": [
        2,
        3,
      ],
      "compose: start": [
        6,
      ],
      "compose: start that fails": [
        6,
      ],
      "compose: stay up": [
        3,
      ],
      "compose: stop": [
        3,
        7,
      ],
      "mysql: prove": [
        0,
        1,
        2,
        3,
        4,
        5,
      ],
      "nginx: enable": [
        0,
        3,
        4,
      ],
      "nginx: local way in": [
        0,
        1,
        3,
      ],
      "nginx: maintenance": [
        0,
        2,
      ],
      "nginx: reopen": [
        2,
      ],
      "nginx: reopen without a link before": [
        1,
      ],
      "nginx: test beside": [
        0,
        2,
        3,
      ],
      "nginx: test beside nothing": [
        1,
        2,
      ],
      "postgres: prove": [
        0,
        1,
        2,
        3,
        4,
        5,
      ],
      "prune": [
        2,
      ],
      "remove a link": [
        0,
      ],
      "remove a release": [
        0,
        1,
        2,
        3,
        4,
        7,
        8,
        9,
        10,
      ],
      "remove a venv": [
        0,
        1,
        3,
        4,
        5,
        6,
        7,
      ],
      "required names": [
        0,
      ],
      "restore a file": [
        2,
      ],
      "schema back by reversing": [
        2,
        3,
      ],
      "schema back by the dump": [
        0,
        2,
        3,
      ],
      "sqlite: prove": [
        0,
      ],
      "sqlite: scratch restore": [
        0,
      ],
      "swap a link": [
        0,
      ],
      "switch": [
        0,
      ],
      "unconvert": [
        3,
        4,
      ],
      "units: restore": [
        1,
      ],
    }
  `);
});

/** Programs that get such a word all the same, and why it is no option there. */
const NO_OPTION: Readonly<Record<string, string>> = {
  curl: 'it follows --cacert, which takes it',
  docker: 'the image is an id that Docker gave or a name that begins with sternway/',
  'docker-compose': 'it follows an option that takes it, or is a service: those begin with a letter',
  getent: 'accounts begin with a letter or an underscore',
  git: 'the commit was compared with what git itself names',
  install: 'it follows -o or -g, which take it',
  python: 'what the configuration gives to pip on purpose: its own options',
  python3: 'it follows the program, -: from there on all is its arguments',
  runuser: 'it follows -u, which takes it',
  systemctl: 'units begin with a letter, a digit or an underscore',
  touch: "stands for the app's own programs, whose arguments are the app's own words",
};

test('a word that begins with a dash is an option to no program: it stands behind --, behind an option that takes it, or the configuration refuses it [F30]', () => {
  expect(Object.entries(bare).filter(([program]) => !Object.hasOwn(NO_OPTION, program))).toEqual([]);
  for (const field of [text.userName('x'), text.unitName(), text.plainName('x'), text.siteName('x'), text.variableName('x'), text.repository(), text.absolutePath('/x')]) {
    for (const word of ['-x', '--now', '-x.service', '--now.service', '-/x', '-']) expect([word, field.safeParse(word).success]).toEqual([word, false]);
  }
  expect(text.unitName().safeParse('shop@1.service').success).toBe(true);
});
