import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deleteImage, raiseHost, saveImage, type TargetHost } from '../../testbed';
import { giveComposeV2 } from '../../testbed/compose-v2';
import { until } from '../../testbed/wait';

let host: TargetHost;

beforeAll(async () => {
  host = await raiseHost({ name: 'testbed-b', base: 'stack-b', docker: true });
});
afterAll(async () => {
  await host.remove();
});

async function must(command: string, on = host, input?: string): Promise<string> {
  const result = await on.run(command, input === undefined ? {} : { input });
  if (result.code !== 0) throw new Error(`${command} ended with ${result.code ?? 'a signal'}: ${result.stderr}${result.stdout}`);
  return result.stdout.trim();
}

const answers = (on: TargetHost): Promise<string> => until('The answer of the container', async () => (await on.run('curl -sf -m 5 http://127.0.0.1:8000/kept')).stdout || undefined);

const compose = `
version: "3.8"
services:
  web:
    build: .
    command: python3 -m http.server --directory /data 8000
    restart: unless-stopped
    ports: ["127.0.0.1:8000:8000"]
    volumes: ["data:/data"]
  redis:
    image: tree:1
    command: redis-server --bind 0.0.0.0 --protected-mode no
volumes: {data: {}}
`;

test('MariaDB, Redis and Docker are installed, none of them runs or starts by itself, and nothing has failed', async () => {
  const units = 'mariadb redis-server docker.service docker.socket containerd';
  expect((await host.run(`systemctl is-active ${units}`)).stdout.split('\n').slice(0, 5)).toEqual(Array(5).fill('inactive'));
  expect((await host.run(`systemctl is-enabled ${units}`)).stdout.split('\n').slice(0, 5)).toEqual(Array(5).fill('disabled'));
  expect(await must('systemctl is-system-running')).toBe('running');
});

test('MariaDB and Redis start, take commands, and keep their data over a loss of power', async () => {
  await must('systemctl start mariadb redis-server');
  await must('mysql -e "CREATE DATABASE kept; CREATE TABLE kept.t (n INT PRIMARY KEY); INSERT INTO kept.t VALUES (42)"');
  expect(await must('redis-cli set word kept; redis-cli save')).toBe('OK\nOK');
  await host.kill();
  await host.start();
  await must('systemctl start mariadb redis-server');
  expect(await must('mysql -Ne "SELECT n FROM kept.t"; redis-cli get word')).toBe('42\nkept');
  expect(await must('mysqldump --single-transaction kept | tail -1')).toMatch(/^-- Dump completed/);
  await must('systemctl stop mariadb redis-server');
});

describe('a Docker Engine inside the host', () => {
  beforeAll(async () => {
    await must('systemctl enable --quiet --now docker');
    await must('tar -C / --one-file-system --exclude=./var/lib/docker --exclude=./usr/bin/docker* --exclude=./usr/bin/containerd* -c . | docker import - tree:1');
    await must('mkdir -p /root/app && cat >/root/app/docker-compose.yml', host, compose);
    await must('cat >/root/app/Dockerfile', host, 'FROM tree:1\nRUN python3 -m venv /venv && mkdir /data\n');
    await must('cd /root/app && docker-compose -p app up --build -d');
  });

  test('builds an image, runs it, and publishes a port on loopback only', async () => {
    await must("docker-compose -p app -f /root/app/docker-compose.yml exec -T web sh -c 'echo in a volume >/data/kept'");
    expect(await answers(host)).toBe('in a volume\n');
    expect((await host.run(`curl -s -m 5 http://${host.address}:8000/`)).code).toBe(7);
    expect(await must('docker info --format "{{.Driver}} {{.CgroupVersion}}"')).toBe('overlay2 2');
  });

  test('lets containers find each other by name, and reach what listens on the host', async () => {
    const reach = 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5); print("reached")';
    expect(await must(`docker exec app_web_1 python3 -c '${reach}' redis 6379`)).toBe('reached');
    expect(await must(`docker exec app_web_1 python3 -c '${reach}' ${host.address} 22`)).toBe('reached');
  });

  test('starts its containers again after a reboot and after a loss of power, with their volumes', async () => {
    await host.reboot();
    expect(await answers(host)).toBe('in a volume\n');
    await host.kill();
    await host.start();
    expect(await answers(host)).toBe('in a volume\n');
  });

  test('does the same by docker compose, version 2, when the host is given that', async () => {
    await giveComposeV2(host);
    expect((await host.run('docker-compose version')).code).toBe(127);
    expect(await must('docker compose version --short')).toMatch(/^2\./);
    await must('mkdir /root/two && cp /root/app/* /root/two/ && sed -i s/8000:8000/8002:8000/ /root/two/docker-compose.yml');
    await must('cd /root/two && docker compose -p two up --build -d && docker compose -p two exec -T web sh -c "echo two >/data/kept"');
    expect(await until('The answer', async () => (await host.run('curl -sf -m 5 http://127.0.0.1:8002/kept')).stdout || undefined)).toBe('two\n');
    expect(await must('cd /root/two && docker compose -p two run --rm -T --no-deps web cat /data/kept')).toBe('two');
    await must('cd /root/two && docker compose -p two down --volumes');
    expect(await answers(host)).toBe('in a volume\n');
  });

  test('is kept in an image with its containers; two hosts raised from it do not share what they write', async () => {
    const image = `test-docker-${process.pid}`;
    await must('docker exec app_web_1 sh -c "echo ours >/root/mine"');
    await saveImage(host, image);
    const [left, right] = await Promise.all([raiseHost({ name: 'left-b', image }), raiseHost({ name: 'right-b', image })]);
    try {
      expect(await answers(left)).toBe('in a volume\n');
      expect(await answers(right)).toBe('in a volume\n');
      await must('docker exec app_web_1 sh -c "echo left >/data/kept; echo left >/root/mine; rm /usr/bin/git"; docker rm -f app_redis_1; docker rmi tree:1 || true', left);
      expect(await answers(right)).toBe('in a volume\n');
      expect(await must('docker exec app_web_1 sh -c "ls /usr/bin/git; cat /root/mine"', right)).toBe('/usr/bin/git\nours');
      expect(await must('docker run --rm tree:1 ls /usr/bin/git', right)).toBe('/usr/bin/git');
    } finally {
      host = left;
      await right.remove();
      await deleteImage(image);
    }
  });
});
