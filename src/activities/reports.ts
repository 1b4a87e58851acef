import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import type { Settings } from '../config/schema';
import { resolveSecret } from '../config/secrets';
import { bakeGiven } from '../events/bake-series';
import { endOf } from '../events/closing';
import type { Event } from '../events/events';
import { Runs } from '../events/runs';
import { RunState } from '../events/state';
import { runDocument } from '../report/document/build';
import { contactsOf } from '../report/document/contacts';
import { htmlReport } from '../report/document/html';
import { markdownReport } from '../report/document/markdown';
import { beating } from './beating';
import type { CoreActivities } from './contract';
import type { Deps } from './deps';
import { bucketOf } from './jobs';
import { Bucket } from './offsite';

/** Folder of the bucket. */
const FOLDER = 'reports';

/** Where reports are kept, as people find them: a directory of the worker, `s3://bucket/reports`. */
export function reportPlaces({ reports, offsite }: Pick<Settings, 'reports' | 'offsite'>): string[] {
  const { directory, s3 } = reports ?? {};
  return [...(directory === undefined ? [] : [directory]), ...(s3 === true && offsite ? [`s3://${offsite.bucket}/${FOLDER}`] : [])];
}

/** Keeping the written report of a run. */
export function reportActivities(deps: Deps): Pick<CoreActivities, 'storeReport'> {
  async function storeReport({ target, name, end, run: asked }: Parameters<CoreActivities['storeReport']>[0]): Promise<{ where: string[] }> {
    const { settings, inventory } = deps.environment(target.app, target.environment);
    const run = asked ?? Context.current().info.workflowExecution?.runId ?? '';
    return await beating('storeReport', async () => {
      const events: Event[] = [];
      const runs = new Runs(await deps.temporal());
      for await (const event of runs.follow({ ...target, run }, { wait: false })) events.push(event);
      if (end === null && !events.some(({ type }) => type === 'ended')) return { where: [] };
      const { deployment } = RunState.of(events);
      // A report without its pictures is better than none.
      const bake = deployment === null ? null : await runs.bake(target, deployment).catch(() => null);
      const written = new Date().toISOString();
      const document = runDocument(end === null ? events : [...events, endOf(events, end, written)], { written, contacts: contactsOf(settings.messages?.contacts), ...bakeGiven(bake, settings.bake?.sources) });
      const files = { [`${name}.md`]: markdownReport(document), [`${name}.html`]: htmlReport(document) };
      if (settings.reports?.directory !== undefined) await toDirectory(settings.reports.directory, files);
      if (settings.reports?.s3 === true && settings.offsite) {
        const bucket = new Bucket(bucketOf(settings.offsite), (secret) => resolveSecret(inventory, secret));
        await Promise.all(Object.entries(files).map(([file, content]) => bucket.put(`${FOLDER}/${file}`, content))).finally(() => bucket.close());
      }
      return { where: reportPlaces(settings).flatMap((place) => Object.keys(files).map((file) => `${place}/${file}`)) };
    });
  }

  return { storeReport };
}

/** Hosts and people are named in a report: new files are for the worker's user and group. A reader never sees half of one. */
async function toDirectory(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o750 });
  for (const [file, content] of Object.entries(files)) {
    const path = join(directory, file);
    await writeFile(`${path}.new`, content, { mode: 0o640 });
    await rename(`${path}.new`, path);
  }
}
