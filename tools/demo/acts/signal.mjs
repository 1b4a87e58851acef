// Somebody turns a deployment back with nothing but Temporal's own command line.
import { must } from '../../lib/run.mjs';
import { hold, letGo, migrating, until } from '../on-host.mjs';
import { aside } from '../screen.mjs';

const WORDS = ['workflow', 'signal', '--workflow-id', 'shop/production', '--name', 'rollback'];

export const signal = {
  title: 'A bare Temporal signal in the middle of migrate',
  short: 'signal during migrate',
  outcome: 'back on request',
  why: 'No tool of ours, no payload, just the name of the signal: whoever can reach Temporal, by CLI or UI, can turn a deployment back. A running migration is brought to its end first, never cut.',
  async play(act) {
    const { host, state } = act.stage;
    const before = await state.read();
    await hold(host);
    let middle;
    await act.sternway(['deploy', 'v1.5.7-slow-migration'], 13, async (say, inTime) => {
      await inTime('migrate ran', until('migrate runs', () => migrating(host)));
      middle = await state.read();
      say(aside(`$ temporal ${WORDS.join(' ')}`));
      await must(act.stage.temporal, WORDS, 'The signal could not be sent', { env: act.stage.env });
      await letGo(host);
    });
    const after = await state.read();
    act.wentBack({ before, middle, after });
    await act.serves('v1.2.0');
  },
};
