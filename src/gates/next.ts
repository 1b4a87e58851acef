import { instant } from '../config/instant';
import type { Gates } from '../config/schema/gates';
import { milliseconds } from '../config/units';
import { iso } from './told';
import type { GateFacts } from './verdict';
import { lookAt } from './window';

/**
 * The earliest start that clocks alone allow (ISO, UTC): the window that is open once the notice is old enough and a freeze is over. What people and
 * other environments must do first comes on top. A notice that has not gone out counts as given now. Null: no clock opens it.
 * `now`: milliseconds since 1970. @throws RangeError as judge
 */
export function earliestStart(gates: Gates | undefined, now: number, { freeze, noticeGivenAt }: Pick<GateFacts, 'freeze' | 'noticeGivenAt'>): string | null {
  if (freeze?.until === null) return null;
  const thawed = freeze ? instant(freeze.until) : now;
  const ripe = gates?.notice === undefined ? now : (noticeGivenAt === null ? now : instant(noticeGivenAt)) + milliseconds(gates.notice);
  const from = Math.max(now, thawed, ripe);
  return gates?.window ? lookAt(gates.window, from).next : iso(from);
}
