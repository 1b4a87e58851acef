import type { Event, Planned, TaskName } from '../../events/events';
import { secondsBetween } from '../../events/read';
import { duration, moment } from '../time';
import type { Closed, Downtime } from './model';

/**
 * How long users got the maintenance page, from what the events tell. A host counts as closed from the moment its page is asked for,
 * and as open when letting users in again is done there; the site counts as closed while one host is. So it is never told too short.
 * `until`: ISO time at which what is told ends.
 */
export function downtimeOf(events: readonly Event[], until: string): Downtime {
  const doors = doorsOf(events);
  if (!doors.close) return { seconds: null, closed: [], sentence: 'not measured: no plan with a maintenance page was made' };
  const shut = new Set<string>();
  const closed: Closed[] = [];
  let since: { at: string; earlier: boolean } | undefined;
  const close = (host: string, at: string, earlier = false): void => {
    shut.add(host);
    since ??= { at, earlier };
  };
  const open = (host: string, at: string): void => {
    if (!shut.delete(host) || shut.size > 0 || !since) return;
    closed.push({ from: since.at, to: at, seconds: secondsBetween(since.at, at), earlier: since.earlier });
    since = undefined;
  };
  for (const event of events) {
    // A rollback of a run that never let users in finds the page already there.
    if (event.type === 'planned' && doors.start !== null && !doors.open) for (const host of doors.hosts) close(host, doors.start, true);
    const door = doorOf(event, doors);
    if (door) (door.shuts ? close : open)(door.host, event.at);
  }
  if (since) closed.push({ from: since.at, to: null, seconds: secondsBetween(since.at, until), earlier: since.earlier });
  const seconds = Math.round(closed.reduce((sum, each) => sum + each.seconds, 0) * 1000) / 1000;
  return { seconds, closed, sentence: sentenceOf(closed, seconds) };
}

interface Doors {
  /** Ids of the steps that close and open the site. */
  readonly close: string | undefined;
  readonly open: string | undefined;
  readonly hosts: readonly string[];
  /** Start of a rollback; null of a deployment. */
  readonly start: string | null;
}

/** Both strategies close with the first change of phase `close`, and let users in with the first one of phase `open`. */
function doorsOf(events: readonly Event[]): Doors {
  const started = events.find((event) => event.type === 'started');
  const plan = events.findLast((event): event is Planned => event.type === 'planned');
  const first = (phase: string): { id: string; hosts: readonly string[] } | undefined => plan?.steps.find((step) => step.kind === 'change' && step.phase === phase);
  return { close: first('close')?.id, open: first('open')?.id, hosts: first('close')?.hosts ?? [], start: started?.workflow === 'rollback' ? started.at : null };
}

/** What an event does to the door of one host. */
function doorOf(event: Event, { close, open }: Doors): { host: string; shuts: boolean } | undefined {
  const is = (task: Pick<TaskName, 'step'>, id: string | undefined): boolean => id !== undefined && task.step === id;
  switch (event.type) {
    case 'step-started':
      return is(event, close) ? { host: event.host, shuts: true } : undefined;
    case 'step-ended':
      return is(event, open) && event.result === 'done' ? { host: event.host, shuts: false } : undefined;
    case 'undo-started':
      return is(event, open) ? { host: event.host, shuts: true } : undefined;
    case 'undo-ended':
      return is(event, close) && event.result === 'done' ? { host: event.host, shuts: false } : undefined;
    case 'decided':
      // A person says that the page was taken away by hand.
      return event.answer === 'resolved' && close !== undefined && event.task.startsWith(`${close}@`) ? { host: event.task.slice(close.length + 1), shuts: false } : undefined;
    default:
      return undefined;
  }
}

function sentenceOf(closed: readonly Closed[], seconds: number): string {
  if (closed.length === 0) return 'none: users never got the maintenance page';
  // The day is said once, as runs seldom pass midnight.
  const day = closed[0]?.from.slice(0, 10) ?? '';
  const spans = closed.map(({ from, to, earlier }) => `${earlier ? 'from before ' : ''}${short(from, day)} to ${to === null ? 'the end of what is told, and longer' : short(to, day)}`);
  const least = closed.some(({ to, earlier }) => to === null || earlier);
  return `${least ? 'at least ' : ''}${duration(seconds)} with the maintenance page (${day}, UTC: ${spans.join('; ')})`;
}

function short(at: string, day: string): string {
  return at.startsWith(day) ? moment(at).slice(11, 19) : moment(at).replace(' UTC', '');
}
