// What is asked before anything is changed, each answered wrongly once by a real service.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startS3 } from '../../testbed/s3';
import { ROOT } from '../e2e/stage';
import { deploy, must, raiseNotesStage, remember, version, type NotesStage } from './support/stage';

describe('on a host under systemd', () => {
  let stage: NotesStage;
  beforeAll(async () => {
    stage = await raiseNotesStage('preflight-b', 'systemd', (config) => {
      config['tests'] = { run: ['venv/bin/python', 'manage.py', 'check_db'] };
    });
  });
  afterAll(async () => {
    await stage?.remove();
  });

  /** Breaks the host, sees the deployment refused with nothing changed, and mends it. */
  async function refused(breaks: string, mends: string): Promise<string> {
    await must(stage, breaks);
    try {
      const { outcome, type, sentence } = await deploy(stage, 'v1.1.0');
      expect({ outcome, type }, sentence).toEqual({ outcome: 'unchanged', type: 'Refused' });
      expect(await must(stage, 'test -d /var/www/notes && ! test -L /var/www/notes && ! test -e /var/www/notes.releases/releases && echo untouched')).toBe('untouched');
      return sentence;
    } finally {
      await must(stage, mends);
    }
  }

  const workersThere = 'until runuser -u notes -- venv/bin/python -m celery -A backend inspect ping >/dev/null 2>&1; do sleep 0.5; done';

  test('a Redis that is down is named, and nothing is begun [PF-18, PF-20]', async () => {
    const sentence = await refused('systemctl stop redis-server', `systemctl start redis-server && cd /var/www/notes && ${workersThere}`);
    expect(sentence).toMatch(/already before the deployment .*redis/i);
  });

  test('a Celery without workers is named, and nothing is begun [PF-17]', async () => {
    const sentence = await refused('systemctl stop notes-celery', `systemctl start notes-celery && cd /var/www/notes && ${workersThere}`);
    expect(sentence).toMatch(/already before the deployment .*celery/i);
  });

  test('a database that does not answer is named, without its password [PF-19, SE-02, SE-09]', async () => {
    const password = await must(stage, "sed -n 's/^DB_PASSWORD=//p' /var/www/notes/.env");
    const sentence = await refused('systemctl stop mariadb', `systemctl start mariadb && cd /var/www/notes && ${workersThere}`);
    expect(sentence).toMatch(/web-1: the database: /);
    expect(sentence).not.toContain(password);
  });

  test('an nginx that is down is named, and nothing is begun [PF-15]', async () => {
    expect(await refused('systemctl stop nginx', 'systemctl start nginx')).toContain('nginx is not running; start it first');
  });

  test('names that .env lacks are listed, and never a value; DEBUG is asserted [PF-10, PF-11, PF-12, SE-01, A-41]', async () => {
    await must(stage, 'cp -a /var/www/notes/.env /root/env');
    const sentence = await refused("sed -i -e '/^RAZORPAY_KEY_SECRET=/d' -e 's/^GEMINI_API_KEY=.*/GEMINI_API_KEY=/' -e 's/^DEBUG=.*/DEBUG=True/' /var/www/notes/.env", 'cp -a /root/env /var/www/notes/.env');
    expect(sentence).toContain('.env lacks GEMINI_API_KEY, RAZORPAY_KEY_SECRET');
    expect(sentence).toContain('.env has another value than configured for DEBUG');
    for (const value of (await must(stage, "grep -E '(SECRET|PASSWORD|KEY)[A-Z_]*=' /root/env | cut -d= -f2-")).split('\n').filter((text) => text.length > 6)) expect(sentence).not.toContain(value);
  });

  test('a bucket for backups that refuses our key is named before anything else is done [PF-21, A-45, BK-10]', async () => {
    await stage.notes.s3.stop();
    const { outcome, sentence } = await deploy(stage, 'v1.1.0');
    expect({ outcome, sentence }).toMatchObject({ outcome: 'unchanged', sentence: expect.stringMatching(/bucket notes-backups/) as string });
    expect(sentence).toMatch(/already before the deployment .*storage/i);
    Object.assign(stage.notes, { s3: await startS3({ host: stage.notes.host }) });
  });

  test('with all of it well, the deployment goes on: tests of the release, what was found is written down, the dump is copied away and proven [PF-02, PF-07, PF-08, PF-16, PF-25, PF-26, BK-05, BK-06, BK-07, BK-08, BK-09, BK-10, A-17, A-18]', async () => {
    const ended = await deploy(stage, 'v1.1.0');
    expect(ended).toMatchObject({ outcome: 'deployed' });
    const folder = `/var/lib/sternway/notes/production/${ended.deployment}`;
    const { observed, release } = JSON.parse(await must(stage, `cat ${folder}/plan.json`)) as { release: { commit: string }; observed: Record<string, { versions: Record<string, string>; units: { name: string; state: string }[] }> };
    expect(release.commit).toMatch(/^[0-9a-f]{40}$/);
    expect(observed['web-1']?.versions).toMatchObject({ python: expect.stringMatching(/^3\.11/) as string, pip: expect.stringMatching(/^\d/) as string, nginx: expect.stringMatching(/^1\./) as string, gunicorn: expect.stringMatching(/^\d/) as string });
    expect(observed['web-1']?.units.map(({ name, state }) => [name, state])).toEqual([['notes-web.service', 'active'], ['notes-celery.service', 'active'], ['notes-beat.service', 'active']]);
    expect(JSON.parse(await must(stage, `cat ${folder}/backup/schema.json`))).toMatchObject({ prompts: expect.stringMatching(/^0001/) as string });
    const dump = `${folder}/backup/database.sql.gz`;
    expect(await must(stage, `gzip -t ${dump} && zcat ${dump} | tail -n 1`)).toMatch(/^-- Dump completed/);
    const copied = await must(stage, `sha256sum < ${dump} | cut -d' ' -f1`);
    const object = readFileSync(`${stage.notes.s3.directory}/notes-backups/database/pre-deploy/${ended.deployment}.sql.gz`);
    expect(createHash('sha256').update(object).digest('hex')).toBe(copied);
  });
});

describe('tests of the release', () => {
  test.each(['host', 'worker'] as const)('that fail on the %s turn the deployment back before users notice anything [PF-08]', async (on) => {
    const folder = mkdtempSync(join(tmpdir(), 'sternway-checkout-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    if (on === 'worker') {
      execFileSync('python3', [join(ROOT, 'examples/notes/releases.py'), '--out', join(folder, 'notes.git')], { stdio: 'ignore' });
      execFileSync('git', ['clone', '--quiet', '--branch', 'v1.1.0', join(folder, 'notes.git'), join(folder, 'checkout')], { stdio: 'ignore' });
    }
    const stage = await raiseNotesStage(`tests-${on}`, 'systemd', (config) => {
      config['tests'] = { run: ['sh', '-c', 'echo "2 failed, 40 passed"; exit 3'], on, ...(on === 'worker' ? { directory: join(folder, 'checkout') } : {}) };
    });
    try {
      const differs = await remember(stage);
      const { outcome, sentence } = await deploy(stage, 'v1.1.0');
      expect(outcome).toBe('rolled-back');
      expect(sentence).toMatch(/^tests of the release .*exit code 3.*2 failed, 40 passed/);
      expect(await differs()).toBe('');
      expect(await version(stage)).toBe('v1.0.0');
    } finally {
      await stage.remove();
    }
  });
});

describe('on a host with Docker Compose', () => {
  test('a service that does not run, or whose image name was moved, is named; versions of Docker and Compose are written down [PF-16, PF-27, A-26]', async () => {
    const stage = await raiseNotesStage('preflight-compose', 'compose');
    try {
      await must(stage, 'docker stop notes_beat_1');
      expect((await deploy(stage, 'v1.1.0')).sentence).toContain('the service beat of the compose project notes does not run; start it first');
      await must(stage, 'docker start notes_beat_1 && docker tag notes-base:1 notes:latest');
      expect((await deploy(stage, 'v1.1.0')).sentence).toMatch(/the service web runs the image \w+, but its image's name now stands for \w+; make the container again or tag the image that it runs/);
      await must(stage, 'docker tag "$(docker inspect --format {{.Image}} notes_web_1)" notes:latest');
      const ended = await deploy(stage, 'v1.5.7-bad-image');
      expect(ended.outcome).toBe('rolled-back');
      const { observed } = JSON.parse(await must(stage, `cat /var/lib/sternway/notes/production/${ended.deployment}/plan.json`)) as { observed: Record<string, { versions: Record<string, string> }> };
      expect(observed['web-1']?.versions).toMatchObject({ docker: expect.stringMatching(/^\d+\./) as string, compose: expect.stringMatching(/^\d+\./) as string });
    } finally {
      await stage.remove();
    }
  });
});
