import { upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { Standing } from '../bake/stages';
import { commandLine } from '../report/shell';
import { bakeAnswers } from '../report/verdict';
import { appAttribute, environmentAttribute, releaseAttribute } from '../temporal/search-attributes';
import type { BakeInput } from './bake';
import type { BakeResult } from './outcome';
import { showLine, showState } from './show';

/** What a bake's memo says, for lists and `sternway status` with no worker running. */
export interface BakeMemo {
  deployment: string;
  release: string;
  begun: string;
  /** From 1, and of how many. */
  stage: number;
  stages: number;
  /** When the stage is over: ISO 8601. */
  until: string;
  /** Absent: it waits for nobody. */
  holding?: { since: string; because: string[] } | null;
}

export function showBakeStart({ app, environment, release }: BakeInput): void {
  upsertSearchAttributes([
    { key: appAttribute, value: app },
    { key: environmentAttribute, value: environment },
    { key: releaseAttribute, value: release },
  ]);
}

/** @returns what is shown now. Costs a history event only where something changed since `shown` but figures; those are in every look. */
export function showBake({ environment, deployment, release, begun, watch }: BakeInput, { stage, ends, holding, last }: Standing, shown: string): string {
  const until = new Date(Date.parse(begun) + (ends[stage] ?? 0)).toISOString();
  const now = JSON.stringify([stage, until, holding?.since]);
  if (now !== shown) {
    const because = holding?.because.map((sentence) => sentence.slice(0, 300)).slice(0, 3) ?? [];
    upsertMemo({ deployment, release, begun, stage: stage + 1, stages: watch.length, until, holding: holding && { since: holding.since, because } } satisfies BakeMemo);
    showState(holding ? 'hold' : 'running');
  }
  const figures = last?.judgements.map(({ state, sentence }) => `- ${state}: \`${sentence.replaceAll('`', "'")}\``) ?? [];
  const asks = holding ? [`**Waiting for a person since ${holding.since}.** The release stays live meanwhile, and is still watched.`, '', ...bakeAnswers(commandLine(['-e', environment])).map(({ command, purpose }) => `- \`${command}\`: ${purpose}`), ''] : [];
  showLine([...asks, `**${release}** is watched: stage ${stage + 1} of ${watch.length}, until ${until}`, '', ...figures].join('\n'));
  return now;
}

export function showBakeEnd(result: BakeResult): BakeResult {
  const { outcome, sentence } = result;
  showState('closed');
  upsertMemo({ outcome, sentence: sentence.slice(0, 500), holding: null });
  showLine(`**${outcome}**: ${sentence}`);
  return result;
}
