import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Client } from '@temporalio/client';
import { parse, stringify } from 'yaml';
import type { Plan } from '../../src/plan/plan';
import { connectClient } from '../../src/temporal/connection';
import { requireTemporal } from '../../src/temporal/find-executable';
import { startLocalServer, type LocalServer } from '../../src/temporal/local-server';
import { ensureImage, raiseHost, type TargetHost } from '../../testbed';
import { notesBaseImage } from '../../testbed/notes';
import { Database } from './database';
import { Points } from './points';
import { Proxy } from './proxy';
import { Workers } from './workers';

const FIXTURE = join(__dirname, 'fixture');
/** What of the fixture differs between the strategies; inspect.py serves both. */
const folderOf = (strategy: Strategy): string => (strategy === 'compose' ? join(FIXTURE, 'compose') : FIXTURE);
const POINTS_ON_HOST = '/var/lib/sternway-failpoints';
export const CANARY = 'canary-7Qm/4vXz+till==';
export const LOCK = 'till/production';
/** Every run has the same deployment id, so that what one leaves can be compared with what another left. */
export const DEPLOYMENT = 'case';
export const RELEASE = 'v2';

/** The till is a service of systemd with a database that migrates, or a container without one. */
export type Strategy = 'systemd' | 'compose';

export type Entries = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What fixture/inspect.py prints. */
export interface Inspection {
  readonly digest: Entries;
  /** Pids of helpers, one for each living connection. */
  readonly serving: readonly string[];
  readonly processes: readonly string[];
  readonly cgroups: readonly string[];
  readonly temporary: readonly string[];
  readonly locked: readonly string[];
  readonly claim: { readonly open: boolean; readonly outcome: string } | null;
  readonly head: { readonly deployment?: string } | null;
  readonly upgrades: readonly string[];
  readonly secrets: readonly string[];
}

/** One host with the till, a Temporal server that survives a kill, two workers, and proxies between all of them. */
export class Lane {
  private constructor(
    readonly name: string,
    readonly folder: string,
    readonly host: TargetHost,
    public server: LocalServer,
    readonly client: Client,
    readonly ssh: Proxy,
    readonly temporal: Proxy,
    readonly workers: Workers,
    readonly points: { readonly worker: Points; readonly host: Points },
    readonly strategy: Strategy,
    private readonly dataFile: string,
    /** Where the server's database has a small disk of its own. */
    readonly database: Database | undefined,
  ) {}

  /** @param smallDisk for the server's database, which can be filled then */
  static async raise(name: string, strategy: Strategy = 'systemd', smallDisk = false): Promise<Lane> {
    const folder = mkdtempSync(join(tmpdir(), `sternway-faults-${name}-`));
    const database = smallDisk ? new Database(folder) : undefined;
    const dataFile = database?.file ?? join(folder, 'temporal.db');
    const image = imageName(strategy);
    await ensureImage(image, (host) => install(host, strategy), async () => raiseHost({ name: 'till', ...(strategy === 'compose' ? { image: await notesBaseImage() } : {}) }));
    const [host, server] = await Promise.all([raiseHost({ name, image }), startLocalServer({ executable: requireTemporal(), ui: false, dataFile, logFile: join(folder, 'temporal.log') })]);
    const [ssh, temporal] = await Promise.all([Proxy.to({ host: host.address, port: host.port }), Proxy.to({ host: '127.0.0.1', port: portOf(server.address) })]);
    writeFileSync(join(folder, 'ca.crt'), (await host.run('cat /etc/ssl/till/server.crt')).stdout);
    const config = writeConfig(folder, host, ssh.port, strategy);
    for (const file of ['digest.py', 'digest_compose.py']) await host.put(`/root/${file}`, readFileSync(resolve(__dirname, '../../testbed', file)));
    for (const file of ['digest.json', 'reset.sh']) await host.put(`/root/${file}`, readFileSync(join(folderOf(strategy), file)));
    await host.put('/root/inspect.py', readFileSync(join(FIXTURE, 'inspect.py')));
    const points = { worker: new Points(join(folder, 'points')), host: new Points(join(host.root, POINTS_ON_HOST)) };
    const client = await connectClient({ address: server.address });
    const workers = new Workers({ config, address: `127.0.0.1:${temporal.port}`, folder, points: join(folder, 'points') });
    await workers.start();
    return new Lane(name, folder, host, server, client, ssh, temporal, workers, points, strategy, dataFile, database);
  }

  /** The workers' sternway.yml. */
  get config(): string {
    return join(this.folder, 'sternway.yml');
  }

  /** Where the worker keeps the reports. */
  get reports(): string {
    return join(this.folder, 'reports');
  }

  /** The host as it was raised, the points as if nobody had passed them. */
  async reset(): Promise<void> {
    this.points.worker.clear();
    this.points.host.clear();
    rmSync(this.reports, { recursive: true, force: true });
    const { code, stderr } = await this.host.run('sh /root/reset.sh');
    if (code !== 0) throw new Error(`${this.name} cannot be reset: ${stderr}`);
  }

  async inspect(): Promise<Inspection> {
    const { code, stdout, stderr } = await this.host.run(`python3 /root/inspect.py '${CANARY}' /root/names.json`);
    if (code !== 0) throw new Error(`${this.name} cannot be inspected: ${stderr}`);
    return JSON.parse(stdout) as Inspection;
  }

  /** What the last run had planned, from the host. */
  async plan(): Promise<Plan> {
    return JSON.parse((await this.host.run(`cat /var/lib/sternway/${LOCK}/${DEPLOYMENT}/plan.json`)).stdout) as Plan;
  }

  async killServer(): Promise<void> {
    this.server.kill();
    await this.server.ended;
  }

  async restartServer(): Promise<void> {
    const port = portOf(this.server.address);
    this.server = await startLocalServer({ executable: requireTemporal(), ui: false, port, dataFile: this.dataFile, logFile: join(this.folder, 'temporal.log') });
  }

  async remove(): Promise<void> {
    await this.workers.stop();
    await this.client.connection.close();
    await this.server.stop();
    await Promise.all([this.ssh.close(), this.temporal.close()]);
    await this.host.remove();
    this.database?.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const portOf = (address: string): number => Number(address.split(':')[1]);

async function install(host: TargetHost, strategy: Strategy): Promise<void> {
  await host.copyIn(join(folderOf(strategy), 'app'), '/srv/till-app');
  const { code, stderr } = await host.run('sh -s', { input: readFileSync(join(folderOf(strategy), 'install.sh')) });
  if (code !== 0) throw new Error(`the till cannot be installed: ${stderr}`);
}

/** By what is in it, and the month, for its certificate. */
function imageName(strategy: Strategy): string {
  const hash = createHash('sha256').update(new Date().toISOString().slice(0, 7));
  const home = folderOf(strategy);
  const files = readdirSync(join(home, 'app'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of [...files.sort(), join(home, 'install.sh')]) hash.update(readFileSync(file));
  return `till-${strategy}-${hash.digest('hex').slice(0, 12)}`;
}

function writeConfig(folder: string, host: TargetHost, port: number, strategy: Strategy): string {
  const config = parse(readFileSync(join(folderOf(strategy), 'sternway.yml'), 'utf8')) as Record<string, unknown>;
  // Heartbeats are the defaults, for recovery is measured by them.
  config['timeouts'] = { stable: '300ms', check: '15s', undo_budget: '60s' };
  config['reports'] = { directory: join(folder, 'reports') };
  config['thresholds'] = { load_per_cpu: 1000 };
  config['environments'] = {
    production: {
      url: 'https://till.test', connect: host.address, ca: join(folder, 'ca.crt'),
      hosts: { 'web-1': { address: '127.0.0.1', port, user: host.user, key: host.privateKeyPath, host_key: host.hostKey } },
    },
  };
  const path = join(folder, 'sternway.yml');
  writeFileSync(path, stringify(config));
  return path;
}
