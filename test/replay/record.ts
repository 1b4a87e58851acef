import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporal } from '@temporalio/proto';
import { Site } from '../workflows/support/site';
import { Temporal } from '../workflows/support/temporal';
import { SCENARIOS } from './scenarios';

const HISTORIES = join(__dirname, 'histories');

/**
 * Plays scenarios on a real server and keeps their histories: `histories/<name>.json`, { workflowId, history }. Only those that are not there
 * yet, for the older a history is, the more it says of upgrades; `again`: all of them.
 */
export async function record(again: boolean): Promise<void> {
  const server = new Temporal();
  await server.start();
  try {
    if (again) rmSync(HISTORIES, { recursive: true, force: true });
    mkdirSync(HISTORIES, { recursive: true });
    for (const [name, { options, play }] of Object.entries(SCENARIOS)) {
      if (existsSync(join(HISTORIES, `${name}.json`))) continue;
      const site = new Site(name, options);
      site.mayStay.add('07-migrate');
      const handle = await play(server.runs, site);
      const { status, outcome } = await server.runs.ended(handle);
      writeFileSync(join(HISTORIES, `${name}.json`), `${JSON.stringify({ workflowId: handle.workflowId, history: asJson(await handle.fetchHistory()) })}\n`);
      process.stdout.write(`${name}: ${status}, ${outcome ?? 'no outcome'}\n`);
    }
  } finally {
    await server.stop();
  }
}

/** Not by the SDK's historyToJSON: it fails where two copies of protobufjs are installed. Read back by `History.fromObject`. */
function asJson(history: temporal.api.history.v1.IHistory): object {
  const { History } = temporal.api.history.v1;
  return History.toObject(History.fromObject(history), { enums: String, longs: String, bytes: String });
}
