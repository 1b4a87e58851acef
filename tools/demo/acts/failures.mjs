// Releases that are no good, and go back by themselves.
import { until } from '../on-host.mjs';
import { aside } from '../screen.mjs';

/**
 * Deploys a release that must fail, and compares the host before, in the middle, and after. The middle is when users get the
 * maintenance page; with `halfway` (`what` is there only half way through the migration, and `look` says whether it is) then.
 * `live`: the release that users get again.
 */
export function failing(release, { title, short, why, live, halfway }) {
  return {
    title, short, why,
    outcome: 'back by itself',
    async play(act) {
      const { host, state, users } = act.stage;
      const before = await state.read();
      let middle;
      await act.sternway(['deploy', release], 10, async (say, inTime) => {
        await inTime('users got the maintenance page', users.closed());
        if (halfway) {
          await inTime(`${halfway.what} was there`, until(`${halfway.what} is there`, () => halfway.look(host)));
          say(aside(`half way: ${halfway.what} is there, committed`));
        }
        middle = await state.read();
      });
      const after = await state.read();
      act.wentBack({ before, middle, after });
      if (halfway) act.promise(!(await halfway.look(host)), `${halfway.what} is gone again`, `${halfway.what} is still there`);
      await act.serves(live);
    },
  };
}
