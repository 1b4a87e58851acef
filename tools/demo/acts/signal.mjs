// Somebody turns a deployment back with nothing but Temporal's own command line.
import { must } from '../../lib/run.mjs';
import { hold, letGo, migrating, until } from '../on-host.mjs';
import { aside } from '../screen.mjs';

/** `live`: the release that users get again. */
export const signal = (release, live) => ({
  title: 'A bare Temporal signal in the middle of migrate',
  short: 'signal during migrate',
  outcome: 'back on request',
  why: 'No tool of ours, no payload, just the name of the signal: whoever can reach Temporal, by CLI or UI, can turn a deployment back. A running migration is brought to its end first, never cut.',
  async play(act) {
    const { state, show } = act.stage;
    const words = ['workflow', 'signal', '--workflow-id', `${show.app}/production`, '--name', 'rollback'];
    const before = await state.read();
    await hold(act.stage);
    let middle;
    await act.sternway(['deploy', release], 13, async (say, inTime) => {
      await inTime('migrate ran', until('migrate runs', () => migrating(act.stage)));
      middle = await state.read();
      say(aside(`$ temporal ${words.join(' ')}`));
      await must(act.stage.temporal, words, 'The signal could not be sent', { env: act.stage.env });
      await letGo(act.stage);
    });
    const after = await state.read();
    act.wentBack({ before, middle, after });
    await act.serves(live);
  },
});
