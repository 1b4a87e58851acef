import { upsertMemo } from '@temporalio/workflow';
import type { Waiting } from './messages';
import { showLine } from './show';

/** Characters of a sentence in the memo, which is for lists and stays small. */
const LONGEST = 300;

/** Where people see what a request waits for: the memo, for which no worker is needed, and the run's page in the Temporal UI. */
export class Board {
  #shown = '';

  /** Costs a line of the history only when something has changed. */
  show({ requestedAt, noticeGivenAt, plan, verdicts, next, remarks, approved, release, deployment }: Waiting): void {
    const gates = verdicts.map(({ gate, state, sentence }) => ({ gate, state, sentence: sentence.slice(0, LONGEST) }));
    const memo = { requestedAt, noticeGivenAt: noticeGivenAt ?? '', plan: plan?.hash ?? '', gates, next: next ?? '', remarks: remarks.map((each) => each.slice(0, LONGEST)).slice(0, 5) };
    if (JSON.stringify(memo) === this.#shown) return;
    this.#shown = JSON.stringify(memo);
    upsertMemo(memo);
    const lines = [...verdicts.map(({ gate, state, sentence }) => `- **${gate}** ${state}: \`${literal(sentence)}\``), ...remarks.map((each) => `- \`${literal(each)}\``)];
    const how = approved.length > 0 ? [`Approved by ${approved.map((who) => `\`${literal(who)}\``).join(', ')}.`, ''] : [];
    showLine([`**${literal(release)}** (\`${deployment}\`) waits.${next === null ? '' : ` Not before ${next}.`}`, '', ...lines, '', ...how, `Approve by \`sternway approve ${deployment} --key FILE\`; take it back by \`sternway withdraw ${deployment}\`, or the signal \`withdraw\`.`].join('\n'));
  }
}

const literal = (text: string): string => text.replaceAll('`', "'");
