// Before anything is begun: what runs on a host must be what its files say, and nothing that runs but once may run twice.
import type { Settings } from '../config/schema';
import { seconds } from '../config/units';
import type { Facts, HostFacts } from '../facts/facts';
import { composeOf } from './runtime';

/** Reasons not to begin, a sentence each. `first`: whether this is the host for what runs but once. */
export function running(s: Settings, f: HostFacts, first: boolean): string[] {
  return [...doubles(s, f, first), ...containers(s, f, first)];
}

/** What is no reason not to begin, and is told. */
export function notes(s: Pick<Settings, 'compose'>, facts: Facts): string[] {
  return Object.entries(facts).flatMap(([host, f]) => [
    ...(f.containers?.exposed ?? []).map((port) => `${host}: the container of ${port.replace(/^(\S+) (.*)->.*$/, '$1 is open to every network at $2')}; publish it on 127.0.0.1 unless that is meant`),
    ...(s.compose?.services ?? []).flatMap(({ name }) => {
      const many = f.containers?.services[name]?.containers ?? 1;
      return many > 1 ? [`${host}: the service ${name} runs ${many} containers, and will run as many again, whatever the compose file says`] : [];
    }),
  ]);
}

/** A second scheduler would do all its work twice. */
function doubles(s: Settings, f: HostFacts, first: boolean): string[] {
  if (first) return [];
  const told = (what: string, way: string): string => `${what} is to run on the first host only (once), but it runs or is enabled here too; take it out: ${way}`;
  return [
    ...f.units.filter(({ name, active, enabled }) => (active || enabled === 'enabled') && s.units.some((unit) => unit.once && unit.name === name)).map(({ name }) => told(name, `systemctl disable --now ${name}`)),
    ...(s.compose?.services ?? []).filter(({ name, once }) => once && f.containers?.services[name]).map(({ name }) => told(`the service ${name}`, `docker rm --force, with the names that docker ps tells`)),
  ];
}

/** The way back takes the same images by the same names, and the same files. */
function containers(s: Settings, f: HostFacts, first: boolean): string[] {
  if (!s.compose || !f.containers) return [];
  const { command, project, services } = s.compose;
  if (f.containers.problem) return [`${f.containers.problem}; Docker and ${command} must answer for strategy compose`];
  const orphans = Object.entries(f.containers.services).filter(([name, { name: image, running }]) => running && image.startsWith(`sternway/${project}-`) && !services.some((service) => service.name === name));
  return [
    ...orphans.map(([name]) => `the service ${name} runs a release of ours, but compose.services does not name it any more; remove its containers (docker rm --force; docker ps tells their names) or name it`),
    ...services.filter(({ once }) => first || !once).flatMap(({ name }) => container(s, f, name)),
  ];
}

function container(s: Settings, f: HostFacts, name: string): string[] {
  const { command, project, files } = composeOf(s);
  const found = f.containers?.services[name];
  // One that is new in this release has no container yet; where nothing runs at all, or it ran when we left, it is no new one.
  const isNew = !found && Object.keys(f.containers?.services ?? {}).length > 0 && !f.left?.images?.[name];
  if (isNew) return [];
  if (!found?.running) return [`the service ${name} of the compose project ${project} does not run; start it first (${command} up -d ${name}), or correct compose.services`];
  if (found.named !== found.image) return [`the service ${name} runs the image ${found.image.slice(7, 19)}, but its image's name now stands for ${found.named?.slice(7, 19) ?? 'none'}; make the container again or tag the image that it runs`];
  const most = seconds(s.timeouts.service);
  if ((found.grace ?? 0) > most) return [`the service ${name} may take ${found.grace} s to stop (stop_grace_period), but a stop is cut off after ${most} s; set timeouts.service to ${found.grace}s at least`];
  // Of a brownfield only: in a release of ours the files were given by this very list.
  const unknown = f.revision ? [] : found.files.filter((path) => !files.some((file) => path === file || path.endsWith(`/${file}`)));
  if (unknown.length > 0) return [`the service ${name} was started with ${unknown.join(' and ')} too, which compose.files does not name; a deployment would lose what it says, so name it there`];
  return found.health === 'unhealthy' ? [`the service ${name} is unhealthy; mend it first`] : [];
}
