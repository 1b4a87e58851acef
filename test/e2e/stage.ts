import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { WorkflowFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { parse, stringify } from 'yaml';
import { connectClient } from '../../src/temporal/connection';
import { requireTemporal } from '../../src/temporal/find-executable';
import { startLocalServer, type LocalServer } from '../../src/temporal/local-server';
import { installRuntime } from '../../src/temporal/logger';
import { TASK_QUEUE } from '../../src/temporal/names';
import { runWorker, type RunningWorker } from '../../src/worker';
import type { Result } from '../../src/workflows/outcome';
import { raiseShop, type ShopHost } from '../../testbed/shop';

export const ROOT = resolve(__dirname, '../..');
export const LOCK = 'shop/production';

/** A real host with the shop, a real Temporal server, a worker: everything a deployment needs. */
export interface Stage {
  readonly shop: ShopHost;
  readonly server: LocalServer;
  readonly client: Client;
  readonly config: string;
  remove(): Promise<void>;
}

export interface StageOptions {
  /** Edits the example's sternway.yml before anybody reads it. */
  readonly change?: (config: Record<string, unknown>) => void;
  /** A worker in this process; false where a test starts its own (see {@link startWorker}). */
  readonly worker?: boolean;
  readonly ui?: boolean;
}

export async function raiseStage(name: string, { change = () => undefined, worker = true, ui = false }: StageOptions = {}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'sternway-stage-'));
  const [shop, server] = await Promise.all([raiseShop({ name }), startLocalServer({ executable: requireTemporal(), ui })]);
  const config = writeConfig(folder, shop, change);
  const client = await connectClient({ address: server.address });
  let running: RunningWorker | undefined;
  if (worker) running = await runWorker({ config, address: server.address, log: installRuntime({ level: 'error' }) });
  await shop.host.put('/root/digest.py', readFileSync(join(ROOT, 'testbed/digest.py')));
  return {
    shop, server, client, config,
    async remove() {
      running?.shutdown();
      await running?.run;
      await client.connection.close();
      await server.stop();
      await shop.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** sternway.yml of the example, for this host, with times that suit a test. */
export function writeConfig(folder: string, shop: ShopHost, change: (config: Record<string, unknown>) => void = () => undefined): string {
  const config = parse(readFileSync(join(ROOT, 'examples/shop/sternway.yml'), 'utf8')) as Record<string, unknown>;
  config['timeouts'] = { stable: '4s', check: '15s', undo_budget: '20s', heartbeat: '2s' };
  config['thresholds'] = { load_per_cpu: 1000 };
  config['environments'] = {
    production: {
      url: 'https://shop.test', connect: shop.host.address, ca: shop.caPath,
      hosts: { 'web-1': { address: shop.host.address, port: shop.host.port, user: shop.host.user, key: shop.host.privateKeyPath, host_key: shop.host.hostKey } },
    },
  };
  change(config);
  const path = join(folder, 'sternway.yml');
  writeFileSync(path, stringify(config));
  return path;
}

/** The serving-state digest, by the independent script: its one checksum. */
export async function digest(stage: Stage): Promise<string> {
  const { code, stdout, stderr } = await stage.shop.host.run('python3 /root/digest.py');
  if (code !== 0) throw new Error(`the digest could not be taken: ${stderr}`);
  return stdout.split(/\s/)[0] ?? '';
}

/** Remembers the serving state; the function tells how it differs by now, in lines (none: equal). */
export async function remember(stage: Stage): Promise<() => Promise<string>> {
  const file = `/root/before-${Math.random().toString(36).slice(2)}.json`;
  await must(stage, `python3 /root/digest.py --json > ${file}`);
  return async () => (await stage.shop.host.run(`python3 /root/digest.py --diff ${file}`)).stdout;
}

/** A command as root on the host, past Sternway. */
export async function must(stage: Stage, command: string): Promise<string> {
  const { code, stdout, stderr } = await stage.shop.host.run(command);
  if (code !== 0) throw new Error(`${command}: exit ${code}: ${stderr}`);
  return stdout.trim();
}

export type Ended = Result & { type: string };

/** Starts a deployment the way the bare Temporal CLI would, with three fields. */
export function start(stage: Stage, release: string, more: object = {}) {
  return stage.client.workflow.start('deploy', { workflowId: LOCK, taskQueue: TASK_QUEUE, args: [{ app: 'shop', environment: 'production', release, by: 'test', ...more }] });
}

/** How a run ended: its Result, with `type` the failure's or `completed`, `cancelled`. */
export async function ended(handle: { result(): Promise<unknown> }): Promise<Ended> {
  try {
    return { ...((await handle.result()) as Result), type: 'completed' };
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    if (cause instanceof ApplicationFailure) return { ...(cause.details?.[0] as Result), type: cause.type ?? '' };
    if (cause instanceof CancelledFailure) return { ...(cause.details[0] as Result), type: 'cancelled' };
    throw error;
  }
}

export async function deploy(stage: Stage, release: string): Promise<Ended> {
  return await ended(await start(stage, release));
}

export async function rollback(stage: Stage, reason = 'test'): Promise<Ended> {
  const input = { app: 'shop', environment: 'production', by: 'test', reason };
  return await ended(
    await stage.client.workflow.signalWithStart('rollback', { workflowId: LOCK, taskQueue: TASK_QUEUE, args: [input], signal: 'rollback', signalArgs: [{ by: 'test', reason }] }),
  );
}

/** What users get at a path: status and body, through nginx and TLS on the host. */
export async function visit(stage: Stage, path: string): Promise<{ status: number; body: string }> {
  const out = await must(stage, `curl -s --max-time 10 --resolve shop.test:443:127.0.0.1 --cacert /etc/ssl/shop/ca.crt -w '\\n%{http_code}' https://shop.test${path}`);
  return { status: Number(out.slice(out.lastIndexOf('\n') + 1)), body: out.slice(0, out.lastIndexOf('\n')) };
}

export async function version(stage: Stage): Promise<string> {
  return (JSON.parse((await visit(stage, '/api/v1/status/')).body) as { version: string }).version;
}

/** A worker in a process of its own, which can be killed; resolves when it polls. It runs the code built in `root`. */
export async function startWorker(stage: Stage, root = ROOT): Promise<ChildProcess> {
  const script = `require(${JSON.stringify(join(root, 'dist/worker.js'))}).runWorker(${JSON.stringify({ config: stage.config, address: stage.server.address })}).then((w) => { console.log('ready'); return w.run; })`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code} before it was ready`)));
  });
  child.stdout.resume();
  return child;
}

/** Waits until `look` gives something, at most so many seconds. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>, seconds = 60): Promise<T> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`not within ${seconds} s: ${what}`);
}

/** Waits until an activity of this type is scheduled in the run of the environment. */
export async function underWay(stage: Stage, activity: string): Promise<void> {
  await until(`${activity} under way`, async () => {
    const { raw } = await stage.client.workflow.getHandle(LOCK).describe();
    return raw.pendingActivities?.some((pending) => pending.activityType?.name === activity && Number(pending.attempt) >= 1 && pending.lastStartedTime) ?? false;
  });
}
