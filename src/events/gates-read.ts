import type { GatesPassed } from './events';
import { field, list, text, texts } from './read';

/** The result of `passGates`; undefined where there was no gate, which is no news. */
export function readGates(result: unknown): Omit<GatesPassed, 'v' | 'at' | 'type'> | undefined {
  const verdicts = list(result, 'verdicts').map((each) => ({ gate: text(each, 'gate') ?? '', sentence: text(each, 'sentence') ?? '' }));
  if (verdicts.length === 0) return undefined;
  const over = field(result, 'overridden');
  const by = text(over, 'by');
  return { verdicts, approved: texts(result, 'approved'), overridden: by === null ? null : { by, reason: text(over, 'reason') ?? '' }, windowEnd: text(result, 'windowEnd') };
}
