// Releases that are no good, and go back by themselves.

/** Deploys a release that must fail, and compares the host before, while users get the maintenance page, and after. */
async function failing(act, release) {
  const { state, users } = act.stage;
  const before = await state.read();
  let middle;
  await act.sternway(['deploy', release], 10, async (_say, inTime) => {
    await inTime('users got the maintenance page', users.closed());
    middle = await state.read();
  });
  const after = await state.read();
  act.wentBack({ before, middle, after });
  await act.serves('v1.2.0');
}

export const answers500 = {
  title: 'A release that answers 500 goes back by itself',
  short: 'release answers 500',
  outcome: 'back by itself',
  why: 'Its process starts and stays up, even /health/ looks well, but every page is an error. That is found while users still get the maintenance page: nobody sees a 500.',
  play: (act) => failing(act, 'v1.5.0-answers-500'),
};

export const halfMigration = {
  title: 'A migration that fails half way goes back',
  short: 'migration fails midway',
  outcome: 'back by itself',
  why: 'Two of its statements are committed, the third fails: the schema is neither the old one nor the new one. The dump from just before brings back rows and schema exactly.',
  play: (act) => failing(act, 'v1.5.2-migration-fails-halfway'),
};
