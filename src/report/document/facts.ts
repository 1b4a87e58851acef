import type { Event } from '../../events/events';
import { RunState } from '../../events/state';
import { oneLine } from '../escape';
import { commandLine } from '../shell';
import { standing, verdict } from '../verdict';
import { downtimeOf } from './downtime';
import type { Given } from './given';
import type { Downtime, Layout, Span, Tone, Wait } from './model';
import { spansOf, waitsOf } from './spans';

/** What every part of a document is written from: the events folded once. */
export interface Facts {
  readonly events: readonly Event[];
  readonly given: Given;
  readonly state: RunState;
  readonly workflow: 'deploy' | 'rollback';
  readonly startedAt: string;
  readonly endedAt: string;
  readonly word: string;
  readonly tone: Tone;
  readonly outcome: string;
  readonly layout: Layout;
  readonly versions: { readonly asked: string; readonly commit: string; readonly before: string; readonly after: string };
  readonly spans: readonly Span[];
  readonly waits: readonly Wait[];
  readonly downtime: Downtime;
  readonly switchedAt: string | null;
  readonly turnedAt: string | null;
}

/** Reads the events of one run. They may stop anywhere: the run then counts as going on. */
export function factsOf(events: readonly Event[], given: Given): Facts {
  const state = RunState.of(events);
  const endedAt = state.at ?? '';
  const startedAt = state.started?.at ?? events[0]?.at ?? '';
  const workflow = state.started?.workflow === 'rollback' ? 'rollback' : 'deploy';
  const spans = spansOf(events);
  return {
    events, given, state, workflow, startedAt, endedAt, spans,
    ...standingOf(state),
    layout: layoutOf(state, workflow),
    versions: versionsOf(state, workflow),
    waits: waitsOf(events),
    downtime: downtimeOf(events, endedAt),
    switchedAt: switchOf(state, spans),
    turnedAt: state.turnedBack?.at ?? (workflow === 'rollback' && state.plan ? startedAt : null),
  };
}

function standingOf(state: RunState): Pick<Facts, 'word' | 'tone' | 'outcome'> {
  if (!state.ended) return { word: state.waiting ? 'BLOCKED' : 'STILL RUNNING', tone: state.waiting ? 'bad' : 'open', outcome: `it ${standing(state)}` };
  const { title, tone, sentence } = verdict(state.ended, commandLine());
  return { word: title, tone, outcome: sentence };
}

/** What went back or is in doubt is an incident; what changed nothing is none. */
function layoutOf({ ended, turnedBack, waiting }: RunState, workflow: Facts['workflow']): Layout {
  if (ended?.outcome === 'unchanged' || ended?.outcome === 'deployed') return 'deployment';
  return workflow === 'rollback' || ended || turnedBack || waiting ? 'incident' : 'deployment';
}

function versionsOf({ plan, ended, release }: RunState, workflow: Facts['workflow']): Facts['versions'] {
  const asked = oneLine(release ?? (workflow === 'rollback' ? 'what is live' : 'not known'));
  const previous = plan ? oneLine(plan.previous ?? 'nothing that Sternway knows') : 'not read';
  const before = workflow === 'rollback' ? asked : previous;
  const after = { deployed: asked, 'rolled-back': previous, unchanged: 'as before', incomplete: 'in doubt: not all was taken back', unknown: 'in doubt: ask the hosts (sternway check)' };
  return { asked, commit: oneLine(plan?.commit ?? ''), before, after: ended ? after[ended.outcome] : 'not decided yet' };
}

/** The new release takes over where the last change of phase `switch` is done on a first host. */
function switchOf({ plan }: RunState, spans: readonly Span[]): string | null {
  const step = plan?.steps.findLast(({ phase, kind }) => phase === 'switch' && kind === 'change');
  return spans.find((span) => !span.back && span.result === 'done' && step !== undefined && span.step === oneLine(step.id))?.to ?? null;
}

/** Hosts of the plan; before there is one, none. */
export function hostsOf({ state }: Facts): string[] {
  return (state.plan?.hosts ?? []).map((host) => oneLine(host));
}
