// Everything that the acts are played on: a host as a runbook left it, a Temporal server, a first worker.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare } from '../prepare.mjs';
import { repo } from '../lib/paths.mjs';
import { begin, end } from '../lib/progress.mjs';
import { must, run } from '../lib/run.mjs';
import { writeConfig } from './config.mjs';
import { freePort, startSternway } from './processes.mjs';
import { ServingState } from './serving-state.mjs';
import { Users } from './users.mjs';


/** Prepares, builds and raises; what is raised is handed to `cleanup` at once. */
export async function prepareStage(show, cleanup) {
  const told = (...about) => tell(cleanup, ...about);
  const folder = mkdtempSync(join(tmpdir(), 'sternway-demo-'));
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  const raising = cleanup.unlessStopped(prepare(show.parts)).then(() => raise(show, told));
  cleanup.whenRaised(raising, (raised) => raised.remove());
  // Sternway is built as soon as its packages are there: the host takes longer.
  const serving = cleanup.unlessStopped(prepare(['node_modules', 'temporal'])).then(({ temporal }) => build(told).then(() => startServer(folder, temporal.path, told)));
  cleanup.whenRaised(serving, ({ server }) => server.end());
  // Both are waited for: whoever fails first must not leave the other half raised.
  const [raised, { address, ui, env, temporal }] = await both(raising, serving);
  const config = await writeConfig(folder, show, raised);
  const { host, caPath } = raised;
  const state = new ServingState(host, await show.digest(host));
  const stage = { folder, env, address, ui, show, config, host, caPath, temporal, state, users: usersOf({ show, host, caPath }, cleanup), workers: [] };
  stage.startWorker = () => startWorker(stage, cleanup);
  await told('worker', 'starting a worker', 3, stage.startWorker, ({ pid }) => `process ${pid}`);
  return stage;
}

async function raise(show, told) {
  return await told('host', ...show.raising, show.raise, ({ host }) => `https://${show.site} at ${host.address}, v1.0.0, a plain directory`);
}

/** Skipped where the command itself says that it is not needed. */
async function build(told) {
  const compile = () => must('npm', ['run', '--silent', 'build'], 'The sources do not compile: run `npm run build` to see why', { cwd: repo });
  if ((await run(process.execPath, [join(repo, 'bin', 'sternway'), '--version'])).code === 0) return;
  await told('build', 'compiling Sternway and bundling its workflows', 15, compile, () => 'done');
}

async function startServer(folder, temporal, told) {
  const [port, uiPort] = [await freePort(), await freePort()];
  const [address, ui] = [`127.0.0.1:${port}`, `http://127.0.0.1:${uiPort}`];
  // Nothing of a Temporal that the viewer may use: all commands speak with this one.
  const outside = Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  const env = { ...Object.fromEntries(outside), STERNWAY_TEMPORAL_BIN: temporal, TEMPORAL_ADDRESS: address };
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  const words = ['server', '--no-worker', '--data', data, '--port', String(port), '--ui-port', String(uiPort)];
  const server = await told('temporal', 'starting a Temporal server with its data on disk', 3, () => startSternway(words, { folder, env, log: join(folder, 'server.log') }), () => `${address}, its UI ${ui}`);
  return { server, address, ui, env, temporal };
}

async function startWorker(stage, cleanup) {
  const starting = startSternway(['worker'], { folder: stage.folder, env: stage.env, log: join(stage.folder, `worker-${stage.workers.length + 1}.log`) });
  const worker = await cleanup.whenRaised(starting, (raised) => raised.end());
  stage.workers.push(worker);
  return worker;
}

function usersOf({ show, host, caPath }, cleanup) {
  const users = new Users({ address: host.address, name: show.site, ca: caPath, every: 1000 / show.asked });
  users.start();
  cleanup.add(() => users.stop());
  return users;
}

/** Does a part of it, telling about it, unless the demo has been stopped. */
async function tell(cleanup, name, doing, usually, work, said) {
  cleanup.check();
  begin(name, doing, usually);
  try {
    const done = await work();
    end(name, said(done));
    return done;
  } catch (error) {
    end(name, 'failed');
    throw error;
  }
}

async function both(...promises) {
  const results = await Promise.allSettled(promises);
  const failed = results.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
  return results.map(({ value }) => value);
}
