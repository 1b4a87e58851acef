import * as compose from '../commands/compose';
import { scanLogs } from '../commands/logs';
import { prune } from '../commands/release';
import type { Context } from './context';
import { changedImages } from './drift';
import type { HostPlan } from './host-plan';
import { closed, converted, dumped, migrated, switched } from './lines/change';
import { opened } from './lines/open';
import { backedUp, delivered, prepared } from './lines/prepare';
import { marks, OLD_STAYS, throughLocalWayIn } from './lines/readings';
import { written } from './lines/settle';
import { composeOf, runtimeOf } from './runtime';
import type { Line } from './step';

/**
 * The runbook of Docker Compose, line by line. Images are built under names of their own before anything is replaced; only the app's own
 * services are stopped and made again, data services run on; the way back takes the earlier images and builds nothing.
 */
export function composePlan(c: Context): Line<HostPlan>[] {
  const { s, aim, time, checkTime } = c;
  const { app, releases } = s.paths;
  const runtime = runtimeOf(s);
  const { project } = composeOf(s);
  const backwards = (h: HostPlan) => [...h.services].reverse();
  const fresh = (h: HostPlan) => compose.filesOf(composeOf(s), h.release, true);
  /** Of the old release: its compose file where its containers were made from, its images file where a deployment of ours made it. */
  const before = (h: HostPlan) => compose.filesOf(composeOf(s), h.legacy ? app : h.previous, !h.legacy && h.facts.revision !== null);
  const running = (h: HostPlan) => Object.fromEntries(h.services.flatMap(({ name }) => (h.facts.containers?.services[name]?.running ? [[name, h.facts.containers.services[name].image]] : [])));
  const wasRunning = (h: HostPlan) => h.services.filter(({ name }) => running(h)[name] !== undefined);
  /** Containers of an adopted image are made from it again, whatever the old release's own files name. */
  const startedAsBefore = (h: HostPlan) => {
    const adopted = changedImages(h.facts).filter((name) => running(h)[name] !== undefined);
    const files = before(h);
    if (adopted.length === 0) return compose.startServices(files, wasRunning(h), time.service);
    const named = Object.fromEntries(adopted.map((name) => [name, h.facts.containers?.services[name]?.name ?? '']));
    const file = `${h.folder}/adopted-images.yml`;
    return compose.startServices({ ...files, adopted: file }, wasRunning(h), time.service, [compose.adoptedFile(file, named)]);
  };
  const images = (h: HostPlan) => Object.fromEntries(h.services.map((service) => [service.name, compose.imageName(project, service, aim.deployment)]));

  return [
    ...delivered(c),
    { title: 'build the images', activity: 'buildImages', phase: 'prepare', limit: time.build, onTurnBack: 'stop',
      run: (h) => compose.build(fresh(h), composeOf(s).services, aim.deployment), undo: () => compose.removeImages(project, composeOf(s).services, aim.deployment) },
    ...prepared(c, runtime),
    ...backedUp(c),

    ...closed(c),
    { title: 'the old release answers', activity: 'checkOldRelease', phase: 'stop', kind: 'check', limit: checkTime,
      undo: (h) => (wasRunning(h).length > 0 ? throughLocalWayIn(c, h, [...h.oldProbes, ...h.oldReadings], [...compose.runsImages(project, running(h)), ...compose.staysUp(project, wasRunning(h), Math.min(time.stable, OLD_STAYS))]) : undefined) },
    { title: 'stop the app\'s containers', activity: 'stopServices', phase: 'stop', limit: time.service * composeOf(s).services.length,
      run: (h) => compose.stopServices(project, backwards(h), time.service),
      undo: (h) => (wasRunning(h).length > 0 ? startedAsBefore(h) : undefined) },
    ...converted(c),
    ...dumped(c),
    ...migrated(c, runtime),

    ...switched(c),
    { title: 'start the app\'s containers', activity: 'startServices', phase: 'start', limit: time.service + 60,
      run: (h) => compose.startServices(fresh(h), h.services, time.service, marks(h)),
      undo: (h) => compose.removeServices(project, backwards(h), time.service) },
    { title: 'the new release answers, stays up and logs no error', activity: 'checkNewRelease', phase: 'check', kind: 'check', limit: checkTime,
      run: (h) => throughLocalWayIn(c, h, h.newProbes, [...compose.runsImages(project, images(h)), ...compose.staysUp(project, h.services, time.stable), ...scanLogs(h.logs)]) },

    ...opened(c),
    { title: 'remove old releases', activity: 'removeOldReleases', phase: 'settle', limit: time.build,
      run: (h) => prune(releases, app, h.previous, s.retention.releases) },
    { title: 'remove old images', activity: 'removeOldImages', phase: 'settle', limit: time.build,
      run: () => compose.pruneImages(project, composeOf(s).services, `${releases}/releases`) },
    ...written(c),
  ];
}
