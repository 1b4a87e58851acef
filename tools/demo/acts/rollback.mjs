// `sternway rollback` of what is live: hours later, for all it knows.

/** What an additive migration leaves when users have been let in: its column, and the rows' default in it. */
const SCHEMA = ['schema', 'rows'];

/** `live`: the release that users get again. */
export const schemaAhead = (reason, live) => ({
  title: 'sternway rollback, after users were let in',
  short: 'rollback, schema stays',
  outcome: 'rolled back',
  why: 'The last release is live and in use. Its code goes back; its additive column stays, because rows may have come since and the old release does not mind it. This is said and recorded, not hidden.',
  async play(act) {
    const { state } = act.stage;
    const middle = await state.read();
    await act.sternway(['rollback', '--reason', reason], 0);
    const after = await state.read();
    act.wentBack({ before: act.stage.beforeLive, middle, after }, SCHEMA);
    await act.serves(live);
  },
});

export const again = (release, live) => ({
  title: 'The same release once more, and back',
  short: 'rollback, same schema',
  outcome: 'rolled back',
  why: 'Now nothing is left to migrate, so the way back leads to exactly where it began, to the last file, mode and link.',
  async play(act) {
    const { state } = act.stage;
    const before = await state.read();
    await act.sternway(['deploy', release], 0);
    const middle = await state.read();
    await act.sternway(['rollback', '--reason', 'second thoughts'], 0);
    const after = await state.read();
    act.wentBack({ before, middle, after });
    await act.serves(live);
  },
});
