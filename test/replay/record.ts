import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporal } from '@temporalio/proto';
import { Site } from '../workflows/support/site';
import { Temporal } from '../workflows/support/temporal';
import { SCENARIOS } from './scenarios';

const HISTORIES = join(__dirname, 'histories');

/** Plays every scenario on a real server and keeps its history: `histories/<name>.json`, { workflowId, history }. */
export async function record(): Promise<void> {
  const server = new Temporal();
  await server.start();
  try {
    rmSync(HISTORIES, { recursive: true, force: true });
    mkdirSync(HISTORIES);
    for (const [name, { options, play }] of Object.entries(SCENARIOS)) {
      const site = new Site(name, options);
      site.mayStay.add('07-migrate');
      const handle = await play(server.runs, site);
      const { status, outcome } = await server.runs.ended(handle);
      writeFileSync(join(HISTORIES, `${name}.json`), `${JSON.stringify({ workflowId: site.id, history: asJson(await handle.fetchHistory()) })}\n`);
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
