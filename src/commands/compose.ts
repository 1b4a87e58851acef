import { argv, hereDocument, quote, say, sh, stop, type RemoteCommand } from './remote-command';

/** Which Compose, which project, and where a release's two files lie. */
export interface Compose {
  readonly command: 'docker-compose' | 'docker compose';
  /** Stays the same over releases: volumes and networks are named after it. */
  readonly project: string;
  /** The release's own compose files, absolute. The first one's directory is the project directory: bind mounts lead into this release and no other. */
  readonly files: readonly string[];
  /** Our file beside them that gives each service the image of this release; null: as the compose file says (a brownfield). */
  readonly images: string | null;
  /** A last file, for images that were there in place of those that the others name. */
  readonly adopted?: string;
}

/** The section `compose` of sternway.yml. */
export interface ComposeSettings {
  readonly command: 'docker-compose' | 'docker compose';
  readonly files: readonly string[];
  readonly project: string;
  readonly services: readonly Service[];
}

export interface Service {
  readonly name: string;
  /** The service whose image it runs; absent: it is built itself. */
  readonly image_of?: string | undefined;
  /** How many containers to start; absent: as many as the compose files say. */
  readonly containers?: number | undefined;
}

/** The files of the release in `directory`; `ours`: a deployment of ours made it, and named its images. */
export function filesOf({ command, project, files }: ComposeSettings, directory: string, ours: boolean): Compose {
  return { command, project, files: files.map((file) => `${directory}/${file}`), images: ours ? `${directory}/.sternway-images.yml` : null };
}

/** The words before a subcommand. */
export function compose({ command, project, files, images, adopted }: Compose): string[] {
  const all = [...files, ...(images ? [images] : []), ...(adopted ? [adopted] : [])];
  return [...command.split(' '), '--project-name', project, ...all.flatMap((file) => ['--file', file])];
}

/** A line that writes the compose file which gives services these images, by name. */
export function adoptedFile(path: string, images: Readonly<Record<string, string>>): string {
  return hereDocument(path, servicesWith(Object.entries(images)));
}

/** The name of a built image: by deployment, so that no tag is ever moved and the previous one stays. */
export function imageName(project: string, service: Service, deployment: string): string {
  return `${repository(project, service)}:${deployment}`;
}

function repository(project: string, service: Service): string {
  return `sternway/${project}-${service.image_of ?? service.name}`;
}

/** A compose file that says of services nothing but their images. */
function servicesWith(images: readonly (readonly [string, string])[]): string {
  return JSON.stringify({ services: Object.fromEntries(images.map(([name, image]) => [name, { image }])) }, null, 1);
}

/** Our file: every listed service with the image that this deployment builds for it. */
export function imagesFile(project: string, services: readonly Service[], deployment: string): string {
  return servicesWith(services.map((service) => [service.name, imageName(project, service, deployment)]));
}

/** Builds the release's images beside what runs, each under a name of its own, and insists that they are there. */
export function build(c: Compose, services: readonly Service[], deployment: string): RemoteCommand {
  const built = services.filter((service) => service.image_of === undefined);
  if (c.images === null) throw new RangeError('images are built for a release of ours only');
  return sh([
    hereDocument(`${c.images}.part`, imagesFile(c.project, services, deployment)),
    `mv -fT ${quote(`${c.images}.part`)} ${quote(c.images)}`,
    argv(...compose(c), 'build', '--no-cache', ...built.map((service) => service.name)),
    ...built.map((service) => `docker image inspect --format '{{.Id}} {{.Size}}' ${quote(imageName(c.project, service, deployment))} || ${stop(`the build of ${service.name} left no image`, 1)}`),
  ]);
}

/** Takes the names of the built images away; what nothing uses any more goes with them. Refused while one of them runs. */
export function removeImages(project: string, services: readonly Service[], deployment: string): RemoteCommand {
  const names = [...new Set(services.map((service) => imageName(project, service, deployment)))];
  return sh(names.flatMap((name) => [
    `if id=$(docker image inspect --format '{{.Id}}' ${quote(name)} 2>/dev/null); then`,
    `  [ -z "$(docker ps --quiet --filter ancestor="$id" ${label(project)})" ] || [ "$(docker image inspect --format '{{len .RepoTags}}' "$id")" -gt 1 ] || ${stop(`${name} is still in use`)}`,
    `  docker image rm --no-prune ${quote(name)} > /dev/null || docker image rm --force --no-prune ${quote(name)} > /dev/null`,
    'fi',
  ]));
}

/**
 * Stops the services in the order given, with `seconds` for work under way, and proves it. One that had to be killed is named: what it worked
 * at may be lost. Their containers stay for the way back.
 */
export function stopServices(project: string, services: readonly Service[], seconds: number): RemoteCommand {
  return sh([
    ...services.flatMap(({ name }) => [
      ...stopping(project, name, seconds),
      `for id in $ids; do [ "$(docker inspect --format '{{.State.ExitCode}}' "$id")" != 137 ] || ${say(`${name} did not end within ${Math.round(seconds)} s and was killed: what it was working at may be lost`)}; done`,
    ]),
    ...services.map(({ name }) => stopped(project, name)),
  ]);
}

/** The way back of a start: stops and removes the new containers, so that the old release's can be made again. Volumes stay. */
export function removeServices(project: string, services: readonly Service[], seconds: number): RemoteCommand {
  return sh([
    ...services.flatMap(({ name }) => stopping(project, name, seconds)),
    ...services.map(({ name }) => stopped(project, name)),
    ...services.flatMap(({ name }) => [`ids=$(${containers(project, name, '--all')})`, `[ -z "$ids" ] || docker rm $ids > /dev/null`]),
  ]);
}

/** Starts the services from images that are there: no build, no pull, and no service beside those named. Waits until they are up and healthy. */
export function startServices(c: Compose, services: readonly Service[], seconds: number, first: readonly string[] = []): RemoteCommand {
  const names = services.map(({ name }) => name);
  const scaled = services.flatMap(({ name, containers: many }) => (many === undefined ? [] : ['--scale', `${name}=${many}`]));
  return sh([
    ...first,
    argv(...compose(c), 'up', '--detach', '--no-build', '--no-deps', ...scaled, ...names),
    `end=$(( $(date +%s) + ${Math.round(seconds)} ))`,
    ...names.flatMap((name) => [
      'while :; do',
      `  said=$(docker inspect --format ${quote(STATE)} $(${containers(c.project, name, '--all')}) 2>/dev/null || true)`,
      // One line a container: all of them running, and healthy where they can say so.
      `  case "$(printf '%s\\n' "$said" | sort -u | tr '\\n' ' ')" in 'running healthy '|'running - '|'running - running healthy ') break ;; *exited*|*dead*|*unhealthy*) ${lastWords(c.project, name, 'did not stay up')} ;; esac`,
      `  [ "$(date +%s)" -lt "$end" ] || ${lastWords(c.project, name, `was not up and healthy within ${Math.round(seconds)} s`)}`,
      '  sleep 0.2',
      'done',
    ]),
  ]);
}

/** Lines that fail unless the services run these images, by service: an id (`sha256:…`) or a name. What really runs, not what was asked for. */
export function runsImages(project: string, images: Readonly<Record<string, string>>): string[] {
  return Object.entries(images).flatMap(([service, image]) => [
    `wanted=$(docker image inspect --format '{{.Id}}' ${quote(image)}) || ${stop(`the image ${image} is gone`, 1)}`,
    `runs=$(docker inspect --format '{{.Image}}' $(${containers(project, service)}) 2>/dev/null | sort -u)`,
    `[ "$runs" = "$wanted" ] || { printf '%s\\n' ${quote(`${service} runs the image `)}"\${runs:-of no container} and not $wanted "${quote(`(${image})`)} >&2; exit 1; }`,
  ]);
}

/** Lines that fail unless each service keeps its containers for `seconds`, without a restart. */
export function staysUp(project: string, services: readonly Service[], seconds: number): string[] {
  const look = (name: string) => `$(docker inspect --format '{{.Id}} {{.State.Status}} {{.State.StartedAt}} {{.RestartCount}}' $(${containers(project, name, '--all')}) 2>&1 | sort)`;
  return [
    ...services.map(({ name }, n) => `before${n}=${look(name)}`),
    ...services.map(({ name }, n) => `case "$before${n}" in *' running '*) ;; *) ${stop(`${name} is not running`, 1)} ;; esac`),
    `end=$(( $(date +%s%N) + ${Math.round(seconds * 1000)} * 1000000 ))`,
    'while [ "$(date +%s%N)" -lt "$end" ]; do',
    ...services.map(({ name }, n) => `  [ "${look(name)}" = "$before${n}" ] || ${lastWords(project, name, `did not keep running for ${seconds} s`)}`),
    '  sleep 0.2',
    'done',
  ];
}

/** Takes away the names of the services' images whose release directory is gone. One that a container still uses is kept, and named. */
export function pruneImages(project: string, services: readonly Service[], releases: string): RemoteCommand {
  // Each by its whole name: another project's may begin with ours.
  const repositories = [...new Set(services.map((service) => repository(project, service)))];
  return sh(repositories.flatMap((name) => [
    // No pipe: a docker that cannot answer must not look like a clean host.
    `names=$(docker image ls --format '{{.Repository}}:{{.Tag}}' ${quote(name)})`,
    'for name in $names; do',
    `  [ -d ${quote(releases)}/"\${name##*:}" ] || { docker image rm "$name" > /dev/null && echo "removed image $name"; } || echo "kept image $name: it is still in use"`,
    'done',
  ]));
}

const STATE = '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}-{{end}}';

const label = (project: string): string => argv('--filter', `label=com.docker.compose.project=${project}`);

/** Words that print the ids of a service's containers; those of one-off commands are none. */
function containers(project: string, service: string, ...more: string[]): string {
  return `docker ps --quiet ${more.join(' ')}${more.length > 0 ? ' ' : ''}${label(project)} ${argv('--filter', `label=com.docker.compose.service=${service}`, '--filter', 'label=com.docker.compose.oneoff=False')}`;
}

/** Lines that stop a service's containers; `$ids` names them afterwards. */
function stopping(project: string, service: string, seconds: number): string[] {
  return [`ids=$(${containers(project, service)})`, `[ -z "$ids" ] || docker stop --time ${Math.round(seconds)} $ids > /dev/null`];
}

function stopped(project: string, service: string): string {
  return `[ -z "$(${containers(project, service)})" ] || ${stop(`${service} still runs after its stop`, 1)}`;
}

/** On failure: the containers' last words into our output, so that the report has them. */
function lastWords(project: string, service: string, what: string): string {
  return `{ for id in $(${containers(project, service, '--all')}); do docker logs --tail 15 "$id" >&2 2>&1 || true; done; ${say(`${service} ${what}`)} >&2; exit 1; }`;
}
