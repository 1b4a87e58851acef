import { scanLogs } from '../commands/logs';
import { prune } from '../commands/release';
import * as systemd from '../commands/systemd';
import { installVenv, removeVenv } from '../commands/venv';
import type { Context } from './context';
import type { HostPlan } from './host-plan';
import { closed, converted, dumped, migrated, switched } from './lines/change';
import { opened } from './lines/open';
import { backedUp, delivered, prepared } from './lines/prepare';
import { marks, OLD_STAYS, throughLocalWayIn } from './lines/readings';
import { written } from './lines/settle';
import { runtimeOf } from './runtime';
import type { Line } from './step';

/** The runbook of nginx + Gunicorn + systemd, line by line, each with its way back. */
export function systemdPlan(c: Context): Line<HostPlan>[] {
  const { s, aim, time, checkTime } = c;
  const { app, releases } = s.paths;
  const runtime = runtimeOf(c.s);
  const units = (h: HostPlan) => h.units.map((unit) => unit.name);
  const venv = (h: HostPlan) => ({ ...s.python, release: h.release, folder: h.venvs, owner: s.owner, deployment: aim.deployment, stood: h.facts.folders });
  /** A unit that is new in this release has nothing to stop yet. */
  const installed = (h: HostPlan) => units(h).filter((name) => h.facts.units.find((unit) => unit.name === name)?.fragment);
  const wasRunning = (h: HostPlan) => units(h).filter((name) => h.facts.units.find((unit) => unit.name === name)?.active);

  return [
    ...delivered(c),
    { title: 'virtual environment', activity: 'installDependencies', phase: 'prepare', limit: time.build, onTurnBack: 'stop',
      run: (h) => installVenv(venv(h)), undo: (h) => removeVenv(venv(h), app) },
    ...prepared(c, runtime),
    ...backedUp(c),

    ...closed(c),
    { title: 'the old release answers', activity: 'checkOldRelease', phase: 'stop', kind: 'check', limit: checkTime,
      undo: (h) => (wasRunning(h).length > 0 ? throughLocalWayIn(c, h, [...h.oldProbes, ...h.oldReadings], [...systemd.stayUp(wasRunning(h), Math.min(time.stable, OLD_STAYS))]) : undefined) },
    { title: 'stop the app', activity: 'stopServices', phase: 'stop', limit: time.service,
      run: (h) => (installed(h).length > 0 ? systemd.stopUnits(installed(h).reverse()) : undefined), undo: (h) => (wasRunning(h).length > 0 ? systemd.startUnits(wasRunning(h)) : undefined) },
    ...converted(c),
    ...dumped(c),
    ...migrated(c, runtime),

    { title: 'systemd: install the units', activity: 'installUnits', phase: 'switch', limit: time.switch,
      run: (h) => systemd.installUnits(h.units), undo: (h) => systemd.restoreUnits(h.units) },
    ...switched(c),
    { title: 'start the app', activity: 'startServices', phase: 'start', limit: time.service + 30,
      run: (h) => systemd.startUnits(units(h), marks(h)),
      undo: (h) => systemd.stopUnits(units(h).reverse()) },
    { title: 'the new release answers, stays up and logs no error', activity: 'checkNewRelease', phase: 'check', kind: 'check', limit: checkTime,
      run: (h) => throughLocalWayIn(c, h, h.newProbes, [...units(h).map((unit) => systemd.runsFrom(unit, app, h.release)), ...systemd.stayUp(units(h), time.stable), ...scanLogs(h.logs)]) },

    ...opened(c),
    { title: 'remove old releases', activity: 'removeOldReleases', phase: 'settle', limit: time.build,
      run: (h) => prune(releases, app, h.previous, s.retention.releases) },
    ...written(c),
  ];
}
