import { instant } from '../config/instant';
import { told } from './told';
import type { Verdict } from './verdict';

/** A deployment of the same environment that was asked for after the one that is judged. `since` (ISO): it is live; null: it waits as well. */
export interface Later {
  readonly deployment: string;
  readonly release: string;
  readonly since: string | null;
}

/** Of two that were asked for the newer counts: no older one replaces it by chance. No override opens this, for it was given before the newer one was asked for. */
export function order({ deployment, release: newer, since }: Later, release: string): Verdict {
  const what = since === null ? `waits as well, and takes the place of this one` : `is live since ${told(instant(since))}`;
  return { gate: 'order', state: 'refused', until: null, sentence: `${newer} (${deployment}), asked for later, ${what}: ask again for ${release} if you mean it` };
}
