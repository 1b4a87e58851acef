import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, WorkflowHandle, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { gateActivities } from '../../../src/activities/gates';
import type { Deps } from '../../../src/activities/deps';
import { sign, type Approval } from '../../../src/approvals/sign';
import { resolveEnvironment, splitInventory } from '../../../src/config/environment';
import { parseConfig } from '../../../src/config/parse';
import { parse } from 'yaml';
import { besideOf } from '../../../src/temporal/names';
import type { freeze, request } from '../../../src/workflows';
import type { FreezeInput } from '../../../src/workflows/freeze';
import type { RequestInput } from '../../../src/workflows/request';
import { document } from '../../cli/support/config';
import type { Sites } from './fake-activities';
import type { PlanOptions } from './plan';
import { Site } from './site';

/** A test's server, real or skipping time. */
export interface Server {
  readonly client: Client;
  readonly sites: Sites;
  readonly taskQueue: string;
}

/** A site with fake hosts whose gates are judged by the real activities, from a sternway.yml of its worker's own. */
export class Gated extends Site {
  readonly beside;

  /** `gates`: that section, in YAML's flow style; undefined: there is none. */
  constructor(
    readonly server: Server,
    app: string,
    gates: string | undefined,
    options: PlanOptions = {},
  ) {
    super(app, options);
    server.sites.add(this);
    this.beside = besideOf({ app, environment: 'production' });
    const config = parseConfig({ ...document(app, ['production', 'staging']), ...(gates === undefined ? {} : { gates: parse(gates, { version: '1.2' }) as object }) }, 'sternway.yml');
    const deps = { environment: (_app: string, name: string) => splitInventory(resolveEnvironment(config, name)), temporal: () => Promise.resolve(server.client) } as Partial<Deps> as Deps;
    this.gates = gateActivities(deps);
  }

  async request(input: Partial<RequestInput> = {}): Promise<WorkflowHandle<typeof request>> {
    const deployment = input.deployment ?? `d-${this.app}`;
    const whole: RequestInput = { app: this.app, environment: 'production', release: 'v2', deployment, by: 'dev@example.org', via: 'cli', reason: 'weekly', ...input };
    return await this.server.client.workflow.start<typeof request>('request', { workflowId: this.beside.request(deployment), taskQueue: this.server.taskQueue, args: [whole], memo: { release: whole.release, deployment, by: whole.by } });
  }

  async freeze(input: Partial<FreezeInput> = {}): Promise<WorkflowHandleWithFirstExecutionRunId<typeof freeze>> {
    const whole: FreezeInput = { app: this.app, environment: 'production', by: 'ops@example.org', reason: 'an audit', ...input };
    const { until } = whole;
    const memo = { by: whole.by, reason: whole.reason, ...(until ? { until } : {}) };
    return await this.server.client.workflow.start<typeof freeze>('freeze', { workflowId: this.beside.freeze, taskQueue: this.server.taskQueue, args: [whole], memo, workflowIdConflictPolicy: 'TERMINATE_EXISTING' });
  }

  /** The run that holds the lock, or held it last. */
  get locked(): WorkflowHandle {
    return this.server.client.workflow.getHandle(this.id);
  }
}

type Approving = 'approve' | 'reject';

/** People with keys, and the file of those who may approve; `remove` it at the end. */
export class Signers {
  readonly folder = mkdtempSync(join(tmpdir(), 'sternway-signers-'));
  readonly file = join(this.folder, 'allowed_signers');

  constructor(names: readonly string[]) {
    for (const name of names) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', this.key(name)]);
    writeFileSync(this.file, names.map((name) => `${name}@example.org namespaces="sternway-approval" ${readFileSync(`${this.key(name)}.pub`, 'utf8').trim()}\n`).join(''));
  }

  key(name: string): string {
    return join(this.folder, name);
  }

  /** `expires`: milliseconds since 1970. */
  async sign(name: string, site: Site, { plan = site.hash, expires = Date.now() + 3_600_000, decision = 'approve' }: { plan?: string; expires?: number; decision?: Approving } = {}): Promise<Approval> {
    return await sign({ app: site.app, environment: 'production', plan, decision, expires: `${new Date(expires).toISOString().slice(0, 19)}Z` }, this.key(name));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
