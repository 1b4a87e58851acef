import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { giveComposeV2 } from '../../testbed/compose-v2';
import { deploy, must, raiseNotesStage, rollback, version, visit, type NotesStage } from './support/stage';

// Two deployments of images, on machines that may be busy.
vi.setConfig({ testTimeout: 900_000 });

let stage: NotesStage;
beforeAll(async () => {
  stage = await raiseNotesStage('compose-v2', 'compose', (config) => {
    config['compose'] = { ...(config['compose'] as object), command: 'docker compose' };
  });
  await must(stage, 'cd /var/www/notes && docker-compose --project-name notes up --detach --no-build --no-deps --scale celery=2 celery');
  // What runs was started by docker-compose, and that is gone.
  await giveComposeV2(stage.notes.host);
});
afterAll(async () => {
  await stage?.remove();
});

/** Service, image and state of every container, whatever Compose calls it. */
const containers = (services: string): Promise<string> =>
  must(stage, `docker inspect --format '{{index .Config.Labels "com.docker.compose.service"}} {{.Image}} {{.State.Status}}' $(docker ps --all --quiet) | grep -E '^(${services}) ' | sort`);
const dataContainers = (): Promise<string> => must(stage, `docker ps --no-trunc --quiet --filter label=com.docker.compose.service=db; docker ps --no-trunc --quiet --filter label=com.docker.compose.service=redis`);

test('docker compose, version 2, takes over what docker-compose has started, with as many containers of each service: a release is live, and a rollback brings the images of before back [RD-11, RX-16]', async () => {
  expect((await stage.notes.host.run('command -v docker-compose')).code).not.toBe(0);
  expect(await must(stage, 'docker compose version --short')).toMatch(/^v?2\./);
  const [app, data] = [await containers('web|celery|beat'), await dataContainers()];
  expect(app.split('\n')).toHaveLength(4);

  expect(await deploy(stage, 'v1.1.0')).toMatchObject({ outcome: 'deployed' });
  expect(await version(stage)).toBe('v1.1.0');
  expect(await containers('web|celery|beat')).not.toBe(app);
  expect((await containers('web|celery|beat|db|redis')).split('\n').map((line) => line.split(' ')[2])).toEqual(Array(6).fill('running'));
  expect(await dataContainers()).toBe(data);

  expect(await rollback(stage)).toMatchObject({ outcome: 'rolled-back' });
  expect(await version(stage)).toBe('v1.0.0');
  expect(await containers('web|celery|beat')).toBe(app);
  expect(await dataContainers()).toBe(data);
  expect(JSON.parse((await visit(stage, '/health/')).body)).toMatchObject({ status: 'healthy', services: { celery: 'running' } });
});
