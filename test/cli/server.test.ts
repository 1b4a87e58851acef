// The embedded server as people run it: one process with a worker, data that survives, loopback only.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Sternway } from '../../src/client';
import { freePort } from '../../src/temporal/ports';
import { Cli, jsonLines, sternway } from './support/cli';
import { configDirectory } from './support/config';

const directory = configDirectory('shop');
const data = join(directory, 'data');
const running: Cli[] = [];

afterAll(async () => {
  for (const cli of running) cli.signal('SIGTERM');
  await Promise.all(running.map((cli) => cli.ended()));
  rmSync(directory, { recursive: true, force: true });
});

async function serve(...more: string[]): Promise<{ cli: Cli; address: string; ports: string[] }> {
  const ports = [String(await freePort()), String(await freePort())];
  const cli = new Cli(['server', '--data', data, '--port', ports[0] ?? '', '--ui-port', ports[1] ?? '', ...more], {
    cwd: directory,
    // Meant for another server: the embedded one must not be looked for there.
    env: { TEMPORAL_ADDRESS: 'temporal.example.org:7233', TEMPORAL_TLS: 'true', TEMPORAL_NAMESPACE: 'elsewhere' },
  });
  running.push(cli);
  await cli.says('Deploy from another terminal with');
  return { cli, address: `127.0.0.1:${ports[0]}`, ports };
}

/** Addresses that a process and its children listen on. */
function listening(ports: readonly string[]): string[] {
  const lines = execFileSync('ss', ['-Hltn'], { encoding: 'utf8' }).split('\n');
  return lines.map((line) => line.trim().split(/\s+/)[3] ?? '').filter((local) => ports.some((port) => local.endsWith(`:${port}`))).sort();
}

test('a server with its worker says where it is and how to deploy, carries runs out, and keeps them over a restart', async () => {
  const { cli, address, ports } = await serve();
  expect(cli.out).toBe(
    [
      'Sternway is running; Ctrl-C stops it.',
      `  Temporal   ${address}`,
      `  web UI     http://127.0.0.1:${ports[1]}`,
      `  data       ${data}`,
      '  worker     sternway.yml, for shop (production)',
      'Deploy from another terminal with',
      `  sternway deploy RELEASE --address ${address}`,
      '',
    ].join('\n'),
  );
  expect(listening(ports)).toEqual(ports.map((port) => `127.0.0.1:${port}`).sort());
  expect(statSync(data).mode & 0o077).toBe(0);
  const page = await fetch(`http://127.0.0.1:${ports[1]}/`);
  expect(page.status).toBe(200);

  // Its host is a closed port, so the worker can only refuse: with the sentence of its own machine.
  const { code, out } = await sternway(['deploy', 'v2', '--address', address], { cwd: directory });
  expect(code).toBe(12);
  expect(out).toMatch(/REFUSED, NOTHING CHANGED[^\n]*\n +web-1: the private key .* cannot be read/);

  const client = await Sternway.connect({ address });
  const { config } = await client.client.workflowService.describeNamespace({ namespace: 'default' });
  expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(90 * 86_400);
  await client.close();

  cli.signal('SIGTERM');
  expect(await cli.ended()).toMatchObject({ code: 0, err: '' });
  expect(cli.out).toMatch(/\nstopping; deployments under way go on when it starts again\n$/);
  expect(listening(ports)).toEqual([]);

  const again = await serve('--no-worker');
  expect(again.cli.out).toContain('  worker     none; start one with sternway worker\n');
  const history = await sternway(['history', '--json', '--address', again.address], { cwd: directory });
  expect(jsonLines(history.out)).toMatchObject([{ type: 'run', release: 'v2', outcome: 'unchanged', status: 'failed' }]);
  again.cli.signal('SIGINT');
  expect((await again.cli.ended()).code).toBe(0);
});

test('ends with 1 and says where to look when its Temporal server is killed', async () => {
  const { cli, ports } = await serve('--no-worker');
  const [pid] = /pid=(\d+)/.exec(execFileSync('ss', ['-Hltnp', `sport = :${ports[0]}`], { encoding: 'utf8' }))?.slice(1) ?? [];
  process.kill(Number(pid), 'SIGKILL');
  expect(await cli.ended()).toMatchObject({ code: 1, err: `sternway: the Temporal server ended (signal SIGKILL); its log is ${join(data, 'temporal.log')}\n` });
});

test('a second server on the same data is refused with a sentence: exit 2', async () => {
  const { cli, ports } = await serve('--no-worker');
  const other = [String(await freePort()), String(await freePort())];
  const { code, out, err } = await sternway(['server', '--no-worker', '--data', data, '--port', other[0] ?? '', '--ui-port', other[1] ?? ''], { cwd: directory });
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^sternway: [^\n]*temporal\.db[^\n]*\n$/);
  const taken = await sternway(['server', '--no-worker', '--data', join(directory, 'more'), '--port', ports[0] ?? '', '--ui-port', other[1] ?? ''], { cwd: directory });
  expect(taken).toMatchObject({ code: 2, out: '' });
  expect(taken.err).toContain(ports[0]);
  cli.signal('SIGTERM');
  await cli.ended();
});

test('a worker of its own joins a server, says so, and ends in order: exit 0', async () => {
  const { cli, address } = await serve('--no-worker');
  const worker = new Cli(['worker', '--address', address], { cwd: directory });
  running.push(worker);
  await worker.says('a worker for shop (production) is running');
  const { code, out } = await sternway(['deploy', 'v2', '--address', address], { cwd: directory });
  expect({ code, refused: out.includes('REFUSED') }).toEqual({ code: 12, refused: true });
  worker.signal('SIGTERM');
  expect((await worker.ended()).code).toBe(0);
  expect(jsonLines(worker.err).length).toBeGreaterThan(0);
  cli.signal('SIGTERM');
  await cli.ended();
  expect(existsSync(join(data, 'temporal.log'))).toBe(true);
  expect(readFileSync(join(data, 'temporal.toml'), 'utf8')).toContain('[profile.default]');
});
