import { loadConfig } from '../../config/load';
import { EXIT } from '../exit-codes';
import { loadLogger, loadWorker } from '../lazy';
import type { ServerOptions } from '../options';
import { stdout } from '../screen';
import { Stop } from '../stop';
import { endWorker, untilStopped } from '../until-stopped';

/** Runs until it is told to end. The log goes to standard error, as JSON lines. */
export async function worker(options: ServerOptions & { config: string }): Promise<void> {
  const { config, ...where } = options;
  const { app, environments } = loadConfig(config);
  const [{ runWorker }, { installRuntime }] = await Promise.all([loadWorker(), loadLogger()]);
  const running = await runWorker({ config, log: installRuntime(), ...where });
  stdout.write(`a worker for ${app} (${Object.keys(environments).join(', ')}) is running; Ctrl-C ends it, steps under way go on on their hosts\n`);
  const ended = await Promise.race([untilStopped(), running.run.then(() => undefined)]);
  if (ended === undefined) throw new Stop(EXIT.defect, 'the worker ended by itself; its log says why');
  await endWorker(running);
}
