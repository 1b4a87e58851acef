import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { msNumberToTs } from '@temporalio/common/lib/time';
import { Sternway } from '../../client';
import { loadConfig } from '../../config/load';
import { UserError } from '../../config/user-error';
import { commandLine } from '../../report/shell';
import { requireTemporal } from '../../temporal/find-executable';
import { startLocalServer, type LocalServer } from '../../temporal/local-server';
import { EXIT } from '../exit-codes';
import { loadLogger, loadWorker } from '../lazy';
import { DEFAULT_CONFIG } from '../options';
import { stdout } from '../screen';
import { Stop } from '../stop';
import { endWorker, untilStopped } from '../until-stopped';

interface Options {
  config: string;
  data?: string;
  port: number;
  uiPort: number;
  worker: boolean;
}

/** How long the embedded server keeps closed runs: as long as somebody may want to read a report. */
const KEEP_DAYS = 90;

/** Temporal on this machine with its data on disk, and a worker; until Ctrl-C. Loopback only. */
export async function server(options: Options): Promise<void> {
  const config = options.worker ? loadConfig(options.config) : undefined;
  const data = dataDirectory(options.data);
  const executable = requireTemporal();
  forgetOtherServers(data);
  const stopped = untilStopped();
  const local = await startLocalServer({
    executable,
    dataFile: join(data, 'temporal.db'),
    logFile: join(data, 'temporal.log'),
    port: options.port,
    uiPort: options.uiPort,
  });
  try {
    await keepRuns(local.address);
    const worker = config && (await startWorker(options.config, local.address, data));
    const what = config ? `${options.config}, for ${config.app} (${Object.keys(config.environments).join(', ')})` : 'none; start one with sternway worker';
    stdout.write(welcome(local, data, what, options));
    const whole = [local.ended.then((how) => `the Temporal server ended (${how}); its log is ${join(data, 'temporal.log')}`)];
    if (worker) whole.push(worker.run.then(() => `the worker ended by itself; its log is ${join(data, 'worker.log')}`));
    const trouble = await Promise.race([stopped.then(() => undefined), ...whole]);
    if (trouble === undefined) stdout.write('stopping; deployments under way go on when it starts again\n');
    if (worker) await endWorker(worker);
    if (trouble !== undefined) throw new Stop(EXIT.defect, trouble);
  } finally {
    await local.stop();
  }
}

function dataDirectory(named: string | undefined): string {
  const data = resolve(named ?? process.env.STERNWAY_DATA ?? join(homedir(), '.local', 'share', 'sternway'));
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    accessSync(data, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new UserError(`the data directory ${data} cannot be used (${(error as NodeJS.ErrnoException).code ?? String(error)}): name one of yours with --data or STERNWAY_DATA`);
  }
  return data;
}

/** Addresses, keys and certificates in the environment or in Temporal's own file are for another server than the one started here. */
function forgetOtherServers(data: string): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('TEMPORAL_')) delete process.env[name];
  const file = join(data, 'temporal.toml');
  writeFileSync(file, '# What sternway server itself connects with: nothing but its own address.\n[profile.default]\n', { mode: 0o600 });
  process.env.TEMPORAL_CONFIG_FILE = file;
}

/** A development server forgets closed runs after a day. */
async function keepRuns(address: string): Promise<void> {
  const sternway = await Sternway.connect({ address });
  try {
    const { workflowService, options } = sternway.client;
    const retention = msNumberToTs(KEEP_DAYS * 86_400_000);
    const { config } = await workflowService.describeNamespace({ namespace: options.namespace });
    if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) < Number(retention.seconds)) {
      await workflowService.updateNamespace({ namespace: options.namespace, config: { workflowExecutionRetentionTtl: retention } });
    }
  } finally {
    await sternway.close();
  }
}

async function startWorker(config: string, address: string, data: string) {
  const [{ runWorker }, { installRuntime }] = await Promise.all([loadWorker(), loadLogger()]);
  return await runWorker({ config, address, log: installRuntime({ destination: join(data, 'worker.log') }) });
}

function welcome({ address, uiUrl }: LocalServer, data: string, worker: string, { config, port }: Options): string {
  const command = commandLine([...(config === DEFAULT_CONFIG ? [] : ['--config', config]), ...(port === 7233 ? [] : ['--address', address])]);
  return [
    'Sternway is running; Ctrl-C stops it.',
    `  Temporal   ${address}`,
    `  web UI     ${uiUrl ?? ''}`,
    `  data       ${data}`,
    `  worker     ${worker}`,
    'Deploy from another terminal with',
    `  ${command('deploy', 'RELEASE')}`,
    '',
  ].join('\n');
}
