import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installRuntime } from '../../../src/temporal/logger';
import { sternway } from '../../cli/support/cli';
import { must, raiseNotesStage, type NotesStage, type Strategy } from './stage';

const run = promisify(execFile);
const PROGRAM = join(__dirname, 'canaries.py');
const ON_HOST = '/root/canaries';

/** A stage whose every trace is kept in files: the server's database and log, the worker's log at `debug`. */
export interface WatchedStage extends NotesStage {
  readonly folder: string;
  readonly log: ReturnType<typeof installRuntime>;
}

export interface Found {
  /** Its name. */
  readonly secret: string;
  readonly place: string;
}

export async function raiseWatchedStage(name: string, strategy: Strategy, change: (config: Record<string, unknown>) => void): Promise<WatchedStage> {
  const folder = mkdtempSync(join(tmpdir(), 'sternway-watched-'));
  const log = installRuntime({ level: 'debug', destination: join(folder, 'worker/log') });
  const stage = await raiseNotesStage(name, strategy, change, { folder, log, server: { dataFile: join(folder, 'server/temporal.db'), logFile: join(folder, 'server/log') } });
  await stage.notes.host.put(`${ON_HOST}.py`, readFileSync(PROGRAM));
  return { ...stage, folder, log };
}

/** Every secret of the app and of Sternway's: each is random for this host. A new one, `leaked`, is beside them. */
export async function canariesOf(stage: WatchedStage, leaked: string): Promise<Record<string, string>> {
  const env = Object.fromEntries((await must(stage, 'cat /var/www/notes/.env')).split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  const names = ['SECRET_KEY', 'DB_PASSWORD', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'TOGETHER_API_KEY', 'GEMINI_API_KEY', 'OPENAI_API_KEY', 'RAZORPAY_KEY_SECRET', 'TEST_USER_PASSWORD'];
  const own = Object.fromEntries(names.map((name) => [name, env[name] ?? '']));
  const inUrl = (name: string, user: RegExp): string => user.exec(env[name] ?? '')?.[1] ?? '';
  const key = readFileSync(stage.notes.host.privateKeyPath, 'utf8').split('\n').slice(2, 3).join('');
  const canaries = { ...own, 'the password of Redis': inUrl('REDIS_URL', /:\/\/:([^@]+)@/), 'the key of Sentry': inUrl('SENTRY_DSN', /:\/\/([^@]+)@/), 'the SSH key': key, leaked };
  for (const [name, value] of Object.entries(canaries)) if (value.length < 20) throw new Error(`${name} is too short to be told from other text: ${value.length}`);
  const text = JSON.stringify(canaries);
  mkdirSync(join(stage.folder, 'canaries'), { mode: 0o700 });
  writeFileSync(join(stage.folder, 'canaries/values'), text, { mode: 0o600 });
  await stage.notes.host.put(`${ON_HOST}.json`, text, 0o600);
  return canaries;
}

interface Watched {
  looks: number;
  processes: number;
  /** Programs of Sternway that take readings. */
  readers: number;
  found: Found[];
}

/** Looks at processes until it is ended: all of the host, and on this machine those that this one begot. */
export function watchProcesses(stage: WatchedStage): () => Promise<{ host: Watched; worker: Watched }> {
  const ends = { host: '/run/canaries-end', worker: join(stage.folder, 'canaries/end') };
  const host = must(stage, `rm -f ${ends.host}; python3 ${ON_HOST}.py watch ${ON_HOST}.json ${ends.host}`);
  rmSync(ends.worker, { force: true });
  const worker = run('python3', [PROGRAM, 'watch', join(stage.folder, 'canaries/values'), ends.worker, String(process.pid)], { maxBuffer: 2 ** 26 });
  return async () => {
    await must(stage, `touch ${ends.host}`);
    writeFileSync(ends.worker, '');
    return { host: JSON.parse(await host) as Watched, worker: JSON.parse((await worker).stdout) as Watched };
  };
}

/** Every place that outlives a deployment, and what of the secrets is there. */
export async function searchEverywhere(stage: WatchedStage): Promise<Record<string, Found[]>> {
  const { folder } = stage;
  await keepHistories(stage, join(folder, 'histories'));
  await keepOutput(stage, join(folder, 'output'));
  const onHost = async (...paths: string[]): Promise<Found[]> => JSON.parse(await must(stage, `python3 ${ON_HOST}.py search ${ON_HOST}.json ${paths.join(' ')}`)) as Found[];
  const here = async (name: string): Promise<Found[]> => JSON.parse((await run('python3', [PROGRAM, 'search', join(folder, 'canaries/values'), join(folder, name)], { maxBuffer: 2 ** 26 })).stdout) as Found[];
  return {
    histories: await here('histories'),
    'the server\'s database and log': await here('server'),
    'the worker\'s log': await here('worker'),
    'what the command prints': await here('output'),
    'what the host keeps': await onHost('/var/lib/sternway'),
    'nginx\'s logs': await onHost('/var/log/nginx'),
    'temporary files': await onHost('/tmp', '/var/tmp', '/run/user', '/home'),
    'the host\'s journal': await journal(stage, onHost),
  };
}

async function journal(stage: WatchedStage, onHost: (...paths: string[]) => Promise<Found[]>): Promise<Found[]> {
  await must(stage, 'mkdir -p /root/journal && journalctl --quiet --output=cat > /root/journal/all');
  return await onHost('/root/journal');
}

/** All strings and bytes of each run's history, payloads decoded, as anyone gets it who may ask the server. */
async function keepHistories(stage: WatchedStage, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for await (const { workflowId, runId } of stage.client.workflow.list()) {
    const parts: Buffer[] = [];
    collect(await stage.client.workflow.getHandle(workflowId, runId).fetchHistory(), parts);
    if (parts.length < 20) throw new Error(`the history of ${workflowId} could not be read`);
    writeFileSync(join(folder, runId), Buffer.concat(parts));
  }
}

function collect(value: unknown, into: Buffer[]): void {
  if (typeof value === 'string' || value instanceof Uint8Array) into.push(Buffer.from(value as Uint8Array), Buffer.from('\n'));
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) collect(part, into);
}

/** What the command prints of each run, for people and for machines. */
async function keepOutput(stage: WatchedStage, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const asked = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await sternway([...args, '--config', stage.config, '--address', stage.server.address], { cwd: stage.folder });
    if (!out) throw new Error(`sternway ${args.join(' ')} ended with ${code} and said nothing: ${err}`);
    writeFileSync(join(folder, args.join(' ')), out + err);
    return out;
  };
  const known = (await asked('history', '--json')).split('\n').filter(Boolean).map((line) => JSON.parse(line) as { deployment: string });
  for (const deployment of new Set(known.map((one) => one.deployment))) {
    for (const command of ['follow', 'report']) for (const form of [[], ['--json']]) await asked(command, deployment, ...form);
  }
}
