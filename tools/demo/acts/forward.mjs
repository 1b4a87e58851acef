// Deployments that go well.
import { layout, schema } from '../on-host.mjs';

/** The first deployment. `more`: what else the act promises when it is done. */
export const first = (release, more = async () => undefined) => ({
  title: 'The first deployment, onto what is there',
  short: 'first deployment',
  outcome: 'deployed',
  why: 'The host is as a runbook left it: one plain directory with code, settings and all. It becomes a layout of releases in the course of the deployment, and that too has its way back.',
  async play(act) {
    const { directory } = act.stage.show;
    const before = await layout(act.stage);
    await act.sternway(['deploy', release], 0);
    await act.serves(release);
    const after = await layout(act.stage);
    act.promise(after !== before, `${directory} was ${before} and now leads to ${after}`, `${directory} is still a plain directory`);
    if (act.broken.length === 0) await more(act);
  },
});

export const additive = (release) => ({
  title: 'A release with an additive migration',
  short: 'additive migration',
  outcome: 'deployed',
  why: 'The database gets a column. A dump is taken when nobody writes any more, and proven, before the schema is touched.',
  async play(act) {
    const before = await schema(act.stage);
    act.stage.beforeLive = await act.stage.state.read();
    await act.sternway(['deploy', release], 0);
    await act.serves(release);
    const after = await schema(act.stage);
    act.promise(after !== before, `the schema was at ${before} and is at ${after}`, `the schema is still at ${before}`);
  },
});
