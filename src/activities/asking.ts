import { quote } from '../commands/remote-command';
import { beating } from './beating';
import type { Blocked, CoreActivities } from './contract';
import type { Deps } from './deps';

/** Rows now and rows in the dump that a restore would bring back, side by side. */
const COUNT = `import sqlite3, sys
def counts(path):
    db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
    names = [r[0] for r in db.execute("select name from sqlite_master where type = 'table'")]
    return {n: db.execute('select count(*) from "%s"' % n.replace('"', '""')).fetchone()[0] for n in names}
now, then = counts(sys.argv[1]), counts(sys.argv[2])
print(sum(max(0, now[t] - then.get(t, 0)) for t in now))
`;

/** Putting a decision before a person, with what it would cost. */
export function askingActivities(deps: Deps): Pick<CoreActivities, 'describeLoss' | 'askAPerson'> {
  async function describeLoss({ plan, host: name, openedAt }: Parameters<CoreActivities['describeLoss']>[0]): Promise<string> {
    const { settings, inventory } = deps.environment(plan.app, plan.environment);
    const minutes = openedAt ? Math.max(0, Math.round((Date.now() - Date.parse(openedAt)) / 60_000)) : 0;
    const since = `users have been in for ${minutes} minutes`;
    if (!settings.database) return since;
    return await beating(async () => {
      const files = [`${settings.paths.app}/${settings.database?.file ?? ''}`, `${plan.root}/${plan.deployment}/backup/database.sqlite3`];
      const answer = await deps.host(inventory, settings, name).read(`python3 -I - ${files.map(quote).join(' ')} <<'PYTHON'\n${COUNT}PYTHON`);
      return answer.code === 0 ? `${since}; at least ${answer.stdout.trim()} rows were added since the dump` : `${since}; the rows could not be counted`;
    });
  }

  function askAPerson(blocked: Blocked): Promise<void> {
    deps.log.warn({ blocked }, `waiting for a person: ${blocked.sentence}`);
    return Promise.resolve();
  }

  return { describeLoss, askAPerson };
}
