import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from './local-shop';

const NOTES = resolve(__dirname, '../../examples/notes');
const SCRIPT = join(NOTES, 'releases.py');

let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'notes-releases-'));
  await run('python3', [SCRIPT, '--out', join(directory, 'notes.git')]);
});
afterAll(() => rmSync(directory, { recursive: true }));

async function git(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run('git', ['--git-dir', join(directory, 'notes.git'), ...args]);
  if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}

describe('releases.py of notes', () => {
  test('makes the same commits and tags every time', async () => {
    await run('python3', [SCRIPT, '--out', join(directory, 'again.git')], { env: { TZ: 'Asia/Tokyo', GIT_AUTHOR_NAME: 'Somebody', HOME: directory } });
    const again = (await run('git', ['--git-dir', join(directory, 'again.git'), 'for-each-ref'])).stdout;
    expect(again).toContain('refs/tags/v1.5.8-slow-migration');
    expect(again).toBe(await git('for-each-ref'));
  });

  test('gives every release an annotated tag, and a VERSION that is the name of the tag', async () => {
    const tags = (await git('for-each-ref', '--format=%(objecttype) %(refname:short)', 'refs/tags')).trim().split('\n');
    expect(tags).toHaveLength(14);
    for (const line of tags) {
      const [type, tag] = line.split(' ');
      expect(type, line).toBe('tag');
      expect(await git('show', `${tag}:VERSION`)).toBe(`${tag}\n`);
    }
  });

  test('makes every bad release a single commit on v1.1.0, so that each can be tried from there', async () => {
    const listed = (await run('python3', [SCRIPT, '--list'])).stdout.trim().split('\n').map((line) => line.split('\t'));
    const bad = listed.filter(([, kind]) => kind === 'bad').map(([tag]) => tag ?? '');
    expect(bad).toHaveLength(8);
    for (const tag of bad) expect(await git('rev-list', '--count', `v1.1.0..${tag}`), tag).toBe('1\n');
  });

  test('changes requirements only where a release is to fail by them', async () => {
    for (const tag of ['v1.1.0', 'v1.3.0', 'v1.4.0', 'v1.5.2-5xx']) expect(await git('diff', '--name-only', 'v1.0.0', tag, '--', 'requirements.txt'), tag).toBe('');
    expect(await git('diff', '--name-only', 'v1.1.0', 'v1.5.7-bad-image', '--', 'requirements.txt')).toBe('requirements.txt\n');
  });
});

describe('the settings of notes', () => {
  const names = 'SECRET_KEY DEBUG ALLOWED_HOSTS DB_NAME DB_USER DB_PASSWORD DB_HOST DB_PORT REDIS_URL CELERY_BROKER_URL AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_BUCKET SENTRY_DSN TOGETHER_API_KEY GEMINI_API_KEY OPENAI_API_KEY RAZORPAY_KEY_ID RAZORPAY_KEY_SECRET'.split(' ');

  // The module alone: the package around it needs the app's environment.
  const load = (root: string): ReturnType<typeof run> =>
    run('python3', ['-c', 'import pathlib, runpy, sys; m = runpy.run_path(sys.argv[1]); m["load"](pathlib.Path(sys.argv[2]))', join(NOTES, 'app/backend/environment.py'), root], {
      env: Object.fromEntries(names.map((name) => [name, undefined])),
    });

  test('need the 19 names of the runbook, and of those that are missing the names are told and no value', async () => {
    const root = mkdtempSync(join(directory, 'app-'));
    await run('mkdir', [join(root, 'deploy')]);
    await run('cp', [join(NOTES, 'app/deploy/required-env'), join(root, 'deploy')]);
    writeFileSync(join(root, '.env'), names.map((name) => `${name}='value-of-${name}'\n`).join(''));
    expect(await load(root)).toMatchObject({ code: 0 });

    writeFileSync(join(root, '.env'), names.map((name) => (name === 'SENTRY_DSN' ? `# ${name}=x\n` : name === 'DB_PORT' ? `${name}=\n` : `${name}=value-of-${name}\n`)).join(''));
    const answer = await load(root);
    expect(answer.code).toBe(1);
    expect(answer.stderr).toContain('missing settings: DB_PORT, SENTRY_DSN');
    expect(answer.stderr).not.toContain('value-of-');

    writeFileSync(join(root, '.env'), '');
    expect((await load(root)).stderr).toContain(names.join(', '));
  });

  test('are asked for by name in both of its sternway.yml files', () => {
    for (const file of ['sternway.yml', 'sternway-compose.yml']) {
      const text = readFileSync(join(NOTES, file), 'utf8');
      for (const name of names) expect(text, file).toContain(`    - ${name}\n`);
    }
  });
});
