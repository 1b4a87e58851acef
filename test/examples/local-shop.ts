import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const SHOP = resolve(__dirname, '../../examples/shop');
const CACHE = join(process.env['STERNWAY_CACHE'] ?? resolve(__dirname, '../../.cache'), 'shop');

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** Run a program to its end; a non-zero exit code is an answer here, not an error. */
export function run(command: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Finished> {
  return new Promise((done, failed) => {
    execFile(command, [...args], { ...options, env: { ...process.env, ...options.env } }, (error, stdout, stderr) => {
      const code = error ? error.code : 0;
      if (typeof code === 'number') done({ code, stdout, stderr });
      else failed(new Error(`${command} did not run to its end: ${error?.message ?? ''}`));
    });
  });
}

async function must(command: string, args: readonly string[], cwd?: string): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, cwd === undefined ? {} : { cwd });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The virtual environment for a requirements file, made once for all runs. */
async function venvFor(release: string): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(join(release, 'requirements.txt'))).digest('hex').slice(0, 12);
  const venv = join(CACHE, `venv-${hash}`);
  if (existsSync(venv)) return venv;
  // Test files run side by side: made under a name of its own, published by rename, and the second to come throws his away.
  const making = `${venv}.${process.pid}`;
  mkdirSync(CACHE, { recursive: true });
  const { prepare } = await import('../../tools/prepare.mjs');
  const wheels = (await prepare(['wheels']))['wheels']?.path ?? '';
  await must('python3', ['-m', 'venv', making]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-index', '--find-links', wheels, '--require-hashes', '-r', 'requirements.txt'];
  await must(join(making, 'bin/python'), pip, release);
  try {
    renameSync(making, venv);
  } catch {
    rmSync(making, { recursive: true });
  }
  return venv;
}

/** The shop's repository and the files of its releases; read-only, shared by the tests of a file. */
export class Releases {
  readonly root = mkdtempSync(join(tmpdir(), 'shop-releases-'));

  static async make(): Promise<Releases> {
    const releases = new Releases();
    await must('python3', [join(SHOP, 'releases.py'), '--out', join(releases.root, 'shop.git')]);
    // The environments of all releases there are; a first run fetches wheels here and not within a test.
    for (const tag of ['v1.0.0', 'v1.6.0']) await venvFor(await releases.directory(tag));
    return releases;
  }

  /** The directory with a release's files. */
  async directory(tag: string): Promise<string> {
    const directory = join(this.root, tag);
    if (!existsSync(directory)) {
      mkdirSync(directory);
      await must('git', ['--git-dir', join(this.root, 'shop.git'), '--work-tree', directory, 'checkout', '--force', tag, '--', '.']);
    }
    return directory;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export interface RunningShop {
  child: ChildProcess;
  url: string;
  get(path: string): Promise<Response>;
  post(path: string, body: unknown): Promise<Response>;
  log(): string;
  /** Ends it and gives its exit code. */
  stop(): Promise<number | null>;
}

/** A database and uploaded files, and any release of the shop working on them, without systemd or nginx. */
export class LocalShop {
  readonly root = mkdtempSync(join(tmpdir(), 'shop-'));
  readonly database = join(this.root, 'shop.sqlite3');
  readonly runs = join(this.root, 'upgrade-runs.log');
  readonly hold = join(this.root, 'hold-migration');
  private readonly running = new Set<ChildProcess>();

  /** `database`: a database file to start with a copy of. */
  constructor(
    private readonly releases: Releases,
    database?: string,
  ) {
    mkdirSync(join(this.root, 'media'));
    if (database !== undefined) copyFileSync(database, this.database);
  }

  private environment(): NodeJS.ProcessEnv {
    return {
      SECRET_KEY: 'only for this test',
      DEBUG: 'false',
      DATABASE_PATH: this.database,
      MEDIA_ROOT: join(this.root, 'media'),
      MIGRATE_COUNTER: this.runs,
      MIGRATION_HOLD_FILE: this.hold,
      SHOP_WARM_UP_SECONDS: '1',
      SHOP_LOG: '-',
    };
  }

  /** `python database.py …` of a release. */
  async databasePy(tag: string, args: readonly string[], change: NodeJS.ProcessEnv = {}): Promise<Finished> {
    const cwd = await this.releases.directory(tag);
    const python = join(await venvFor(cwd), 'bin/python');
    return run(python, ['database.py', ...args], { cwd, env: { ...this.environment(), ...change } });
  }

  /** Start a release under gunicorn and return at once. */
  async spawn(tag: string, change: NodeJS.ProcessEnv = {}): Promise<RunningShop> {
    const cwd = await this.releases.directory(tag);
    const port = await freePort();
    const env = { ...process.env, ...this.environment(), ...change, SHOP_BIND: `127.0.0.1:${port}` };
    const python = join(await venvFor(cwd), 'bin/python');
    const child = spawn(python, ['-m', 'gunicorn', '-c', 'gunicorn.conf.py', 'wsgi:app'], { cwd, env });
    this.running.add(child);
    const exited = once(child, 'exit').then(([code]) => {
      this.running.delete(child);
      return code as number | null;
    });
    let log = '';
    child.stdout.on('data', (text: Buffer) => (log += text.toString()));
    child.stderr.on('data', (text: Buffer) => (log += text.toString()));
    const url = `http://127.0.0.1:${port}`;
    return {
      child,
      url,
      get: (path) => fetch(url + path),
      post: (path, body) =>
        fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      log: () => log,
      stop: () => {
        child.kill('SIGTERM');
        return exited;
      },
    };
  }

  /** Start a release and wait until it listens. */
  async start(tag: string, change: NodeJS.ProcessEnv = {}): Promise<RunningShop> {
    const shop = await this.spawn(tag, change);
    await until(() => shop.log().includes('Listening at') || shop.child.exitCode !== null, 20_000);
    if (shop.child.exitCode !== null) throw new Error(`${tag} ended with ${shop.child.exitCode}: ${shop.log()}`);
    return shop;
  }

  /** The schema and the items as SQLite sees them. */
  async contents(): Promise<string> {
    const script =
      'import sqlite3,sys,json;c=sqlite3.connect(sys.argv[1]);' +
      'print(json.dumps([c.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall(),c.execute("SELECT * FROM items ORDER BY id").fetchall()]))';
    return must('python3', ['-c', script, this.database]);
  }

  remove(): void {
    for (const child of this.running) child.kill('SIGKILL');
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Wait for a condition; throws when it does not come true in time. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`the condition did not come true within ${withinMs} ms`);
    await new Promise((next) => setTimeout(next, 20));
  }
}
