import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { parse, stringify } from 'yaml';
import { connectClient } from '../../../src/temporal/connection';
import { requireTemporal } from '../../../src/temporal/find-executable';
import { startLocalServer, type LocalServer } from '../../../src/temporal/local-server';
import { installRuntime } from '../../../src/temporal/logger';
import { TASK_QUEUE } from '../../../src/temporal/names';
import { runWorker } from '../../../src/worker';
import { raiseNotes, type NotesHost } from '../../../testbed/notes';
import { ended, ROOT, type Ended } from '../../e2e/stage';

export { ended } from '../../e2e/stage';
export type Strategy = 'systemd' | 'compose';
export const STRATEGIES = ['systemd', 'compose'] as const;
export const LOCK = 'notes/production';

/** A real host with notes and all that is beside it, a real Temporal server, a worker. */
export interface NotesStage {
  readonly strategy: Strategy;
  readonly notes: NotesHost;
  readonly server: LocalServer;
  readonly client: Client;
  readonly config: string;
  remove(): Promise<void>;
}

type Change = (config: Record<string, unknown>) => void;

/** Where the server and the worker leave what they say; by default nowhere. */
export interface Traces {
  /** Of its own, removed with the stage. */
  readonly folder: string;
  readonly log: ReturnType<typeof installRuntime>;
  readonly server: { readonly dataFile: string; readonly logFile: string };
}

export async function raiseNotesStage(name: string, strategy: Strategy, change: Change = () => undefined, traces?: Traces): Promise<NotesStage> {
  const folder = traces?.folder ?? mkdtempSync(join(tmpdir(), 'sternway-notes-'));
  const [notes, server] = await Promise.all([raiseNotes({ name, strategy }), startLocalServer({ executable: requireTemporal(), ...traces?.server })]);
  mkdirSync(join(folder, 'config'));
  const config = await writeConfig(join(folder, 'config'), notes, strategy, change);
  const client = await connectClient({ address: server.address });
  const worker = await runWorker({ config, address: server.address, log: traces?.log ?? installRuntime({ level: 'error' }) });
  for (const part of ['digest.py', 'digest_mysql.py', 'digest_compose.py']) await notes.host.put(`/root/${part}`, readFileSync(join(ROOT, 'testbed', part)));
  await notes.host.put('/root/digest.json', readFileSync(join(ROOT, `testbed/digest-notes-${strategy}.json`)));
  return {
    strategy, notes, server, client, config,
    async remove() {
      worker.shutdown();
      await worker.run;
      await client.connection.close();
      await server.stop();
      await notes.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The example's own sternway.yml for this host, with times that suit a test; its secrets as files. */
export async function writeConfig(folder: string, { host, caPath, s3 }: NotesHost, strategy: Strategy, change: Change = () => undefined): Promise<string> {
  const file = strategy === 'compose' ? 'sternway-compose.yml' : 'sternway.yml';
  const config = parse(readFileSync(join(ROOT, 'examples/notes', file), 'utf8')) as Record<string, unknown>;
  const password = (await host.run("sed -n 's/^TEST_USER_PASSWORD=//p' /var/www/notes/.env")).stdout.trim();
  const secrets = { TEST_PASSWORD: password, S3_ACCESS_KEY: s3.accessKey, S3_SECRET_KEY: s3.secretKey };
  config['secrets'] = Object.fromEntries(Object.entries(secrets).map(([name, value]) => {
    const path = join(folder, name);
    writeFileSync(path, value, { mode: 0o600 });
    return [name, { file: path }];
  }));
  config['timeouts'] = { stable: '3s', check: '45s', undo_budget: '60s', heartbeat: '2s', service: '90s' };
  config['thresholds'] = { load_per_cpu: 1000, disk_free: '1%' };
  (config['offsite'] as Record<string, unknown>)['endpoint'] = s3.endpoint;
  config['environments'] = {
    production: {
      url: 'https://notes.test', connect: host.address, ca: caPath,
      hosts: { 'web-1': { address: host.address, port: host.port, user: host.user, key: host.privateKeyPath, host_key: host.hostKey } },
    },
  };
  change(config);
  const path = join(folder, 'sternway.yml');
  writeFileSync(path, stringify(config));
  return path;
}

export function start(stage: NotesStage, release: string, more: object = {}) {
  return stage.client.workflow.start('deploy', { workflowId: LOCK, taskQueue: TASK_QUEUE, args: [{ app: 'notes', environment: 'production', release, by: 'test', ...more }] });
}

export async function deploy(stage: NotesStage, release: string): Promise<Ended> {
  return await ended(await start(stage, release));
}

export async function rollback(stage: NotesStage, reason = 'test'): Promise<Ended> {
  const input = { app: 'notes', environment: 'production', by: 'test', reason };
  return await ended(
    await stage.client.workflow.signalWithStart('rollback', { workflowId: LOCK, taskQueue: TASK_QUEUE, args: [input], signal: 'rollback', signalArgs: [{ by: 'test', reason }] }),
  );
}

/** A command as root on the host, past Sternway. */
export async function must(stage: NotesStage, command: string): Promise<string> {
  const { code, stdout, stderr } = await stage.notes.host.run(command);
  if (code !== 0) throw new Error(`${command}: exit ${code}: ${stderr}`);
  return stdout.trim();
}

/** Remembers the serving state; the function tells how it differs by now, in lines (none: equal). */
export async function remember(stage: NotesStage): Promise<() => Promise<string>> {
  const file = `/root/before-${Math.random().toString(36).slice(2)}.json`;
  await must(stage, `python3 /root/digest.py --config /root/digest.json --json > ${file}`);
  return async () => (await stage.notes.host.run(`python3 /root/digest.py --config /root/digest.json --diff ${file}`)).stdout;
}

/** What users get at a path: status and body, through nginx and TLS on the host. */
export async function visit(stage: NotesStage, path: string, ...more: string[]): Promise<{ status: number; body: string }> {
  const out = await must(stage, `curl -s --max-time 20 --resolve notes.test:443:127.0.0.1 --cacert /etc/ssl/notes/ca.crt -w '\\n%{http_code}' ${more.join(' ')} https://notes.test${path}`);
  return { status: Number(out.slice(out.lastIndexOf('\n') + 1)), body: out.slice(0, out.lastIndexOf('\n')) };
}

export async function version(stage: NotesStage): Promise<string> {
  return (JSON.parse((await visit(stage, '/api/v1/status/')).body) as { version: string }).version;
}
