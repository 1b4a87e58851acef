import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { canariesOf, raiseWatchedStage, searchEverywhere, watchProcesses, type WatchedStage } from './support/secrets';
import { deploy, ended, must, rollback, start, visit } from './support/stage';

// Three deployments in one test, on machines that may be busy.
vi.setConfig({ testTimeout: 1_200_000 });

const leaked = randomBytes(16).toString('hex');
let stage: WatchedStage;
let canaries: Record<string, string>;
beforeAll(async () => {
  stage = await raiseWatchedStage('secrets', 'systemd', thorough);
  canaries = await canariesOf(stage, leaked);
});
afterAll(async () => {
  await stage?.remove();
});

/** All three tiers, of which the third must not take its half an hour, nor judge how busy the test's machine is. */
function thorough(config: Record<string, unknown>): void {
  config['verify'] = 3;
  const probes = (config['probes'] as { name: string; samples?: object }[]).filter(({ name }) => !['processor', 'steady'].includes(name));
  config['probes'] = probes.map((probe) => (probe.name === 'response-time' ? { ...probe, within: '30s', samples: { path: '/health/', count: 20, every: '100ms', average: '20s' } } : probe));
}

test('a deployment with all checks, one that fails and a rollback leave no secret in arguments, environments, histories, database, logs, output or files [SE-02, SE-03, SE-04, A-42] [F54]', async () => {
  const watched = watchProcesses(stage);
  expect(await deploy(stage, 'v1.1.0')).toMatchObject({ outcome: 'deployed' });
  expect(await deploy(stage, 'v1.5.4-lies')).toMatchObject({ outcome: 'rolled-back' });
  expect(await rollback(stage)).toMatchObject({ outcome: 'rolled-back' });
  const { host, worker } = await watched();
  expect({ host: host.found, worker: worker.found }).toEqual({ host: [], worker: [] });
  process.stdout.write(`on the host ${host.processes} processes in ${host.looks} looks, below the worker ${worker.processes} in ${worker.looks}, ${worker.readers} of them readers\n`);
  // It did look: hundreds of programs ran on the host, and on this machine those that read from outside.
  expect(host.processes).toBeGreaterThan(300);
  expect(worker.readers).toBeGreaterThan(3);
  expect(Object.entries(await searchEverywhere(stage)).filter(([, found]) => found.length > 0)).toEqual([]);
  // Copies of the app's directory hold its settings: nobody but root gets at them.
  const copies = "find /var/lib/sternway -name 'code.tar*'";
  expect(await must(stage, `${copies} | wc -l`)).toBe('1');
  expect(await must(stage, `for copy in $(${copies}); do runuser -u nobody -- test -r "$copy" && echo "$copy"; done; true`)).toBe('');
});

test('the token of a WebSocket is written into no log, though it stands in its address [SE-04, A-42]', async () => {
  const sent = JSON.stringify({ email: 'test@example.com', password: canaries['TEST_USER_PASSWORD'] });
  const { access } = JSON.parse((await visit(stage, '/api/v1/auth/login/', `-H 'Content-Type: application/json' --data '${sent}'`)).body) as { access: string };
  const handshake = "--http1.1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='";
  await stage.notes.host.run(`curl -s -o /dev/null --max-time 3 --resolve notes.test:443:127.0.0.1 --cacert /etc/ssl/notes/ca.crt ${handshake} 'https://notes.test/ws/prompts/?token=${access}'`);
  expect(await must(stage, 'grep -c "/ws/prompts/ HTTP/1.1\\" 101" /var/log/nginx/notes.access.log')).not.toBe('0');
  expect((await stage.notes.host.run(`grep -rlF ${access} /var/log`)).stdout).toBe('');
});

test('a secret that does leak is found by the same search, in each of these places', async () => {
  const watched = watchProcesses(stage);
  await must(stage, `sh -c 'sleep 1; true' ${leaked}; LEAK=${leaked} sleep 1`);
  await once(spawn('sh', ['-c', 'sleep 1; true', leaked]), 'exit');
  const { host, worker } = await watched();
  expect(host.found.filter(({ secret }) => secret === 'leaked').map(({ place }) => /(cmdline|environ)/.exec(place)?.[0])).toEqual(expect.arrayContaining(['cmdline', 'environ']));
  expect(worker.found).toContainEqual(expect.objectContaining({ secret: 'leaked' }));

  const refused = await ended(await start(stage, 'v9.9.9', { reason: leaked }));
  expect(refused).toMatchObject({ outcome: 'unchanged' });
  stage.log.debug({ settings: { value: leaked } }, 'a careless line');
  await visit(stage, `/${leaked}/`);
  await must(stage, `echo ${leaked} | gzip > /var/lib/sternway/leaked.gz; echo ${leaked} > /tmp/leaked; logger -- ${leaked}`);
  const found = await searchEverywhere(stage);
  for (const [place, what] of Object.entries(found)) expect([place, what.map(({ secret }) => secret)]).toEqual([place, expect.arrayContaining(['leaked'])]);
});
