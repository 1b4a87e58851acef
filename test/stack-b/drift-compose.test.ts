// A hand that starts a service from another image, on a real host with Docker: named, adopted, and made again from that image on the way back.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../e2e/stage';
import { deploy, ended, must, raiseNotesStage, remember, rollback, start, version, visit, type NotesStage } from './support/stage';

let stage: NotesStage;
beforeAll(async () => {
  stage = await raiseNotesStage('drift-compose', 'compose');
  expect(await deploy(stage, 'v1.1.0')).toMatchObject({ outcome: 'deployed' });
});
afterAll(async () => {
  await stage?.remove();
});

const web = 'docker inspect --format "{{.Image}} {{.Config.Image}}" $(docker ps -q --filter label=com.docker.compose.service=web)';

test('a service that was started by hand from another image is named and nothing is touched; adopted, the way back makes it from that image again [F17]', async () => {
  const [image = ''] = (await must(stage, web)).split(' ');
  await must(stage, [
    `printf 'FROM %s\\nLABEL by=hand\\n' ${image} | docker build --quiet --tag notes-hotfix:1 -`, `echo '{"services": {"web": {"image": "notes-hotfix:1"}}}' > /root/hotfix.yml`,
    'cd $(readlink -f /var/www/notes)', 'docker-compose --project-name notes --file docker-compose.yml --file .sternway-images.yml --file /root/hotfix.yml up --detach --no-build --no-deps web', 'rm /root/hotfix.yml',
  ].join(' && '));
  await until('all containers are healthy', async () => {
    const said = await must(stage, 'docker ps --format "{{.Status}}"');
    return !/starting|unhealthy/.test(said) && (await visit(stage, '/health/').catch(() => undefined))?.status === 200;
  }, 120);
  const [hotfix = '', name] = (await must(stage, web)).split(' ');
  expect([name, hotfix === image]).toEqual(['notes-hotfix:1', false]);
  const differs = await remember(stage);

  const refused = await deploy(stage, 'v1.1.0');
  expect(refused).toMatchObject({ type: 'Refused', outcome: 'unchanged' });
  expect(refused.sentence).toMatch(new RegExp(`^web-1: the service web runs the image ${hotfix.slice(7, 19)}, but \\S+ \\(v1\\.1\\.0\\) left ${image.slice(7, 19)}; start it from that one again, or deploy with --adopt to keep it$`));
  expect(await differs()).toBe('');

  expect(await ended(await start(stage, 'v1.1.0', { adopt: true, reason: 'the hotfix stays' }))).toMatchObject({ outcome: 'deployed', adopted: '1 image' });
  expect((await must(stage, web)).split(' ')[1]).toMatch(/^sternway\/notes-web:/);
  expect(await rollback(stage)).toMatchObject({ outcome: 'rolled-back' });
  expect(await must(stage, web)).toBe(`${hotfix} notes-hotfix:1`);
  expect(await differs()).toBe('');
  expect(await version(stage)).toBe('v1.1.0');
});
