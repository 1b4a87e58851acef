import type { Connection } from '@temporalio/client';
import type { RunRef } from '../../../src/client';
import { Sternway } from '../../../src/client';
import { Site } from '../../workflows/support/site';
import type { PlanOptions } from '../../workflows/support/plan';
import type { Temporal } from '../../workflows/support/temporal';
import { Cli, type CliOptions } from './cli';
import { configDirectory } from './config';

/** An app whose deployments go through a real server and a worker with fake hosts, and `sternway` beside its configuration. */
export class Shop extends Site {
  readonly cwd: string;
  readonly target: { app: string; environment: string };

  constructor(
    private readonly temporal: Temporal,
    app: string,
    options: PlanOptions = {},
  ) {
    super(app, options);
    this.cwd = configDirectory(app);
    this.target = { app, environment: 'production' };
    temporal.sites.add(this);
  }

  get address(): string {
    return (this.temporal.client.connection as Connection).options.address;
  }

  get client(): Sternway {
    return new Sternway(this.temporal.client);
  }

  cli(args: readonly string[], options: Partial<CliOptions> = {}): Cli {
    return new Cli(args, { cwd: this.cwd, ...options, env: { TEMPORAL_ADDRESS: this.address, ...options.env } });
  }

  /** A command line to its end. */
  sternway(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
    return this.cli(args).ended();
  }

  /** Started by the client, as another person would; `input` as the bare Temporal CLI might give it. */
  async start(release = 'v2'): Promise<RunRef> {
    return await this.client.startDeployment({ ...this.target, release, deployment: `other-${this.app}`, by: 'ada@example.org', via: 'cli', reason: 'weekly' });
  }
}
