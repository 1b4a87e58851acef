import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow';
import { temporal } from '@temporalio/proto';
import { decodeEvent } from '../../src/events/decode';
import type { Event } from '../../src/events/events';
import { HistoryReader } from '../../src/events/from-history';

/** The events of a history that a real Temporal server recorded (test/replay/histories). */
export async function recorded(name: string): Promise<Event[]> {
  const { history } = JSON.parse(readFileSync(join(__dirname, '..', 'replay', 'histories', `${name}.json`), 'utf8')) as { history: { [key: string]: unknown } };
  const reader = new HistoryReader();
  const events: Event[] = [];
  for (const line of temporal.api.history.v1.History.fromObject(history).events) {
    events.push(...reader.read(await decodeEvent(loadDataConverter({}), line)));
  }
  return [...events, ...reader.rest()];
}
