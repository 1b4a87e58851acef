import { bakeGiven, RunState, type Event, type RunRef, type Sternway } from '../../client';
import { UserError } from '../../config/user-error';
import { contactsOf } from '../../report/document/contacts';
import { oneLine } from '../../report/escape';
import { withClient } from '../connect';
import { readContext } from '../context';
import { openFile, opener } from '../open-file';
import type { EnvironmentOptions, ServerOptions } from '../options';
import { jsonLine } from '../render/json';
import { renderReport, writePrivately, writeReport, type Format } from '../report-file';
import { stderr, stdout } from '../screen';
import { findRun } from './follow';

interface ReportOptions extends EnvironmentOptions, ServerOptions {
  format?: Format;
  out?: string;
  open?: true;
}

export async function report(deployment: string | undefined, options: ReportOptions): Promise<void> {
  if (options.open && options.format !== undefined && options.format !== 'html') throw new UserError(`--open shows HTML; leave out --format ${options.format}, or --open`);
  const context = readContext(options);
  await withClient(options, async (sternway) => {
    const run = await findRun(sternway, context, deployment);
    const events: Event[] = [];
    for await (const event of sternway.follow(run, { wait: false })) events.push(event);
    const format = options.format ?? (options.open ? 'html' : 'text');
    const given = { written: new Date().toISOString(), contacts: contactsOf(context.environment.messages?.contacts), ...(format === 'text' ? {} : bakeGiven(await bakeOf(sternway, run, RunState.of(events).deployment), context.environment.bake?.sources)) };
    const content = options.json ? events.map((event) => `${jsonLine(event)}\n`).join('') : renderReport(events, format, context.command, given);
    if (options.out === undefined && !options.open) return stdout.write(content);
    const path = options.out === undefined ? writePrivately(content) : writeReport(content, options.out);
    if (options.open && !(await openFile(path, opener()))) stderr.write('sternway: there is no display to show it on, so open it where there is one\n');
    stdout.write(`${oneLine(path)}\n`);
  });
}

async function bakeOf(sternway: Sternway, target: RunRef, deployment: string | null): ReturnType<Sternway['bake']> {
  return deployment === null ? null : await sternway.bake(target, deployment);
}
