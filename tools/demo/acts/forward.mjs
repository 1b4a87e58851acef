// Deployments that go well.
import { layout, schema } from '../on-host.mjs';

export const first = {
  title: 'The first deployment, onto what is there',
  short: 'first deployment',
  outcome: 'deployed',
  why: 'The host is as a runbook left it: one plain directory /opt/shop with code, settings, uploads and database. It becomes a layout of releases in the course of the deployment, and that too has its way back.',
  async play(act) {
    const { host } = act.stage;
    const before = await layout(host);
    await act.sternway(['deploy', 'v1.1.0'], 0);
    await act.serves('v1.1.0');
    const after = await layout(host);
    act.promise(after !== before, `/opt/shop was ${before} and now leads to ${after}`, '/opt/shop is still a plain directory');
  },
};

export const additive = {
  title: 'A release with an additive migration',
  short: 'additive migration',
  outcome: 'deployed',
  why: 'The database gets a column. A dump is taken when nobody writes any more, and proven, before the schema is touched.',
  async play(act) {
    const { host } = act.stage;
    const before = await schema(host);
    await act.sternway(['deploy', 'v1.2.0'], 0);
    await act.serves('v1.2.0');
    const after = await schema(host);
    act.promise(after !== before, `the schema was at ${before} and is at ${after}`, `the schema is still at ${before}`);
  },
};
