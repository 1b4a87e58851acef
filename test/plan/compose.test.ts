import { expect, test } from 'vitest';
import type { HostFacts } from '../../src/facts/facts';
import { makePlan } from '../../src/plan/make-plan';
import { PHASES } from '../../src/plan/plan';
import { preflight } from '../../src/plan/preflight';
import { notes } from '../../src/plan/preflight-running';
import { notesFacts, notesPlan, notesSettings, runOf, stepOf, undoOf } from './support/notes';
import { AIM, deployed, OUTSIDE, shopPlan } from './support/shop';

const RELEASE = `/var/www/notes.releases/releases/${AIM.deployment}`;
const FILES = `docker-compose --project-name notes --file ${RELEASE}/docker-compose.yml --file ${RELEASE}/.sternway-images.yml`;
const titles = (plan: ReturnType<typeof notesPlan>): string[] => plan.steps.map((step) => step.title);

test('the method is chosen by strategy: images and services in containers, units and an environment under systemd, all else the same [OV-11, A-26, CH-03]', () => {
  const [compose, systemd] = [titles(notesPlan('compose')), titles(notesPlan('systemd'))];
  const own = (a: string[], b: string[]) => a.filter((title) => !b.includes(title));
  expect(own(compose, systemd)).toEqual(['build the images', "stop the app's containers", "start the app's containers", 'remove old images']);
  expect(own(systemd, compose)).toEqual(['virtual environment', 'stop the app', 'systemd: install the units', 'start the app']);
  for (const plan of [notesPlan('compose'), notesPlan('systemd')]) {
    const order = plan.steps.map((step) => PHASES.indexOf(step.phase));
    expect(order).toEqual([...order].sort((left, right) => left - right));
  }
});

test('none of the destructive repairs is in any step, forward or back: nothing is killed for good, no queue purged, no migration faked, no number of workers changed [CH-12]', () => {
  for (const plan of [notesPlan('compose'), notesPlan('systemd'), shopPlan({ 'web-1': deployed() })]) {
    const scripts = plan.steps.flatMap(({ tasks }) => Object.values(tasks).flatMap(({ run, undo }) => [run?.script ?? '', undo?.script ?? ''])).join('\n');
    expect(scripts).toContain('migrate');
    expect(scripts).not.toMatch(/kill -9|-KILL|SIGKILL|\bpurge\b|--fake|flushall|flushdb|--concurrency/i);
  }
});

test('images are built under a name of this deployment before anything is closed, without cache, and the earlier ones keep theirs [RD-07, RD-08, A-34]', () => {
  const plan = notesPlan('compose');
  expect(stepOf(plan, 'build the images').phase).toBe('prepare');
  const build = runOf(plan, 'build the images');
  expect(build).toContain(`${FILES} build --no-cache web\n`);
  expect(build).toContain(`"web": {\n   "image": "sternway/notes-web:${AIM.deployment}"`);
  expect(build).toContain(`"celery": {\n   "image": "sternway/notes-web:${AIM.deployment}"`);
  expect(build).toContain(`docker image inspect --format '{{.Id}} {{.Size}}' sternway/notes-web:${AIM.deployment} || `);
  expect(JSON.stringify(plan)).not.toMatch(/docker tag/);
});

test('only the app\'s own services are ever stopped or made again; no down, no build and no data service on the way in or back; migrated before the new one starts [MG-02, RD-09, RD-10, RX-11, RX-14, RX-16, A-15, A-25]', () => {
  const plan = notesPlan('compose');
  const scripts = plan.steps.flatMap((step) => Object.values(step.tasks).flatMap((task) => [task.run?.script ?? '', task.undo?.script ?? ''])).join('\n');
  expect(scripts).not.toMatch(/docker-compose[^\n]* (down|stop|rm|restart)\b/);
  expect(scripts).not.toMatch(/service=(db|redis)/);
  const [up, back] = [runOf(plan, "start the app's containers"), undoOf(plan, "stop the app's containers")];
  expect(up).toContain(`${FILES} up --detach --no-build --no-deps web celery beat\n`);
  expect(back).toContain('docker-compose --project-name notes --file /var/www/notes/docker-compose.yml up --detach --no-build --no-deps web celery beat\n');
  // The schema goes back while nothing of the app runs, and with the new code.
  const at = (title: string): number => titles(plan).indexOf(title);
  expect(at("stop the app's containers")).toBeLessThan(at('migrate'));
  expect(at('migrate')).toBeLessThan(at("start the app's containers"));
});

test('the way back of a later deployment takes the files and images of the release before it', () => {
  const previous = '/var/www/notes.releases/releases/20261101-030000-v1-0-1';
  const plan = notesPlan('compose', { facts: notesFacts('compose', { app: { kind: 'link', target: previous }, revision: { release: 'v1.0.1', commit: 'c', deployment: '20261101-030000-v1-0-1' } }) });
  expect(undoOf(plan, "stop the app's containers")).toContain(`--file ${previous}/docker-compose.yml --file ${previous}/.sternway-images.yml up --detach --no-build --no-deps`);
  expect(undoOf(plan, 'the old release answers')).toContain("wanted=$(docker image inspect --format '{{.Id}}' sha256:old)");
});

test('a container that may take longer to stop than a stop may take is refused, with the value to set', () => {
  const facts = (grace: number) => {
    const made = notesFacts('compose');
    const celery = made.containers?.services['celery'];
    return { ...made, containers: { problem: null, exposed: [], services: { ...made.containers?.services, ...(celery ? { celery: { ...celery, grace } } : {}) } } };
  };
  const settings = notesSettings('compose');
  expect(preflight(settings, 'v1.1.0', { 'web-1': facts(90) })).toEqual([]);
  expect(preflight(settings, 'v1.1.0', { 'web-1': facts(600) })).toEqual([
    'web-1: the service celery may take 600 s to stop (stop_grace_period), but a stop is cut off after 90 s; set timeouts.service to 600s at least',
  ]);
});

test('a service that is new in the release needs no container yet; one that ran when we left, or a project of which nothing runs, does', () => {
  const made = notesFacts('compose');
  const { beat, ...others } = made.containers?.services ?? {};
  const facts = (services: object, left: object | null = null) => ({ ...made, left, containers: { problem: null, exposed: [], services } }) as HostFacts;
  const told = (f: HostFacts) => preflight(notesSettings('compose'), 'v1.1.0', { 'web-1': f }).map((sentence) => sentence.replace(/; start it first.*/, ''));
  expect(beat).toBeDefined();
  expect(told(facts(others))).toEqual([]);
  expect(told(facts(others, { images: { beat: 'sha256:old' } }))).toEqual(['web-1: the service beat of the compose project notes does not run']);
  expect(told(facts({}))).toHaveLength(3);
});

test('what containers publish to every network is told and stands in nobody\'s way [A-52]', () => {
  const made = notesFacts('compose');
  const facts = { ...made, containers: made.containers && { ...made.containers, exposed: ['redis 0.0.0.0:6379->6379/tcp'] } };
  expect(preflight(notesSettings('compose'), 'v1.1.0', { 'web-1': facts })).toEqual([]);
  expect(notes(notesSettings('compose'), { 'web-1': facts })).toEqual(['web-1: the container of redis is open to every network at 0.0.0.0:6379; publish it on 127.0.0.1 unless that is meant']);
});

test('a service that did not run before is not started by the way back', () => {
  const facts = notesFacts('compose');
  const services = facts.containers?.services ?? {};
  const plan = notesPlan('compose', { facts: { ...facts, containers: { problem: null, exposed: [], services: { ...services, beat: { ...services['beat'], running: false, image: 'sha256:x', name: 'x', named: null, health: null, containers: 1, grace: null, files: [] } } } } });
  expect(undoOf(plan, "stop the app's containers")).toContain('--no-deps web celery\n');
});

test('migrations run in a container of the new image that ends with them, static files go into the release, nothing into the container [MG-05, SF-01, SF-02, A-37]', () => {
  const plan = notesPlan('compose');
  const manage = `"${FILES.split(' ').join('","')}","run","--rm","--no-deps","-T","web","python","manage.py"`;
  expect(runOf(plan, 'migrate')).toContain(manage);
  expect(runOf(plan, 'read the pending migrations').replaceAll("'\\''", "'")).toContain(manage);
  const collect = runOf(plan, 'collect static files');
  expect(collect).toContain(`${FILES} run --rm --no-deps -T web python manage.py collectstatic --noinput`);
  expect(collect).toContain(`[ -n "$(find ${RELEASE}/staticfiles -type f -print -quit)" ]`);
  expect(stepOf(plan, 'collect static files').phase).toBe('prepare');
});

test('static files become readable for all and executable for nobody [A-52]', () => {
  for (const strategy of ['compose', 'systemd'] as const) {
    expect(runOf(notesPlan(strategy), 'collect static files')).toContain(`chmod -R u=rwX,go=rX ${RELEASE}/staticfiles\n`);
  }
});

test('with manage.py in a directory of the release all of Django runs there, as the app\'s user [RD-17, MG-07, MG-09, SF-03, A-35, A-37]', () => {
  const plan = notesPlan('systemd', { settings: notesSettings('systemd', (s) => ({ ...s, django: { ...s.django, project: 'backend-v2/src' }, python: { ...s.python, requirements: 'backend-v2/src/requirements.txt' } })) });
  expect(runOf(plan, 'migrate')).toContain(`[["${RELEASE}/venv/bin/python","manage.py"],"notes","${RELEASE}/backend-v2/src",null]`);
  expect(runOf(plan, 'collect static files')).toContain(`cd ${RELEASE}/backend-v2/src\n`);
  expect(runOf(plan, 'virtual environment')).toContain(`-r ${RELEASE}/backend-v2/src/requirements.txt`);
});

test('both generations of Compose are spoken, and every name comes from the configuration [A-51]', () => {
  const settings = notesSettings('compose', (s) => ({ ...s, compose: { command: 'docker compose', files: ['deploy/base.yml', 'deploy/prod.yml'], project: 'other', services: [{ name: 'api', once: false }] } }));
  const plan = notesPlan('compose', { settings, facts: notesFacts('compose', { containers: { problem: null, exposed: [], services: {} } }) });
  expect(runOf(plan, "start the app's containers")).toContain(`docker compose --project-name other --file ${RELEASE}/deploy/base.yml --file ${RELEASE}/deploy/prod.yml --file ${RELEASE}/.sternway-images.yml up --detach --no-build --no-deps api\n`);
  expect(JSON.stringify(plan)).not.toMatch(/notes-web|notes_web|service=web/);
});

test('what runs but once runs on the first host only, and one that runs elsewhere is named before anything is begun', () => {
  for (const strategy of ['compose', 'systemd'] as const) {
    const settings = notesSettings(strategy);
    const second = notesFacts(strategy);
    const { beat: _, ...services } = { ...second.containers?.services };
    const without: HostFacts = {
      ...second,
      containers: second.containers && { ...second.containers, services },
      units: second.units.map((unit) => (unit.name === 'notes-beat.service' ? { ...unit, active: false, enabled: null, fragment: '', sha256: null } : unit)),
    };
    const plan = makePlan(settings, AIM, { 'web-1': notesFacts(strategy), 'web-2': without }, OUTSIDE);
    const words = plan.steps.flatMap(({ tasks }) => [tasks['web-2']?.run?.script ?? '', tasks['web-2']?.undo?.script ?? '']).join('\n');
    expect(words).toMatch(/systemctl start notes-celery|--no-deps web celery\n/);
    expect(words).not.toMatch(/service=beat|--no-deps.* beat|systemctl (start|stop|show .*) notes-beat|beat\.service (\S+ )*\/etc\/systemd/);
    expect(runOf(plan, strategy === 'compose' ? "start the app's containers" : 'start the app')).toMatch(/beat/);

    expect(preflight(settings, 'v1.1.0', { 'web-1': notesFacts(strategy), 'web-2': without })).toEqual([]);
    expect(preflight(settings, 'v1.1.0', { 'web-1': notesFacts(strategy), 'web-2': second })).toEqual([
      strategy === 'compose'
        ? 'web-2: the service beat is to run on the first host only (once), but it runs or is enabled here too; take it out: docker rm --force, with the names that docker ps tells'
        : 'web-2: notes-beat.service is to run on the first host only (once), but it runs or is enabled here too; take it out: systemctl disable --now notes-beat.service',
    ]);
  }
});

test('a service that runs several containers gets as many again, forward and back, and that is told', () => {
  const made = notesFacts('compose');
  const services = { ...made.containers?.services };
  const facts = { ...made, containers: { problem: null, exposed: [], services: { ...services, celery: { ...services['celery'], containers: 3 } } } } as HostFacts;
  const plan = notesPlan('compose', { facts });
  expect(runOf(plan, "start the app's containers")).toContain('--no-deps --scale celery=3 web celery beat\n');
  expect(undoOf(plan, "stop the app's containers")).toContain('--no-deps --scale celery=3 web celery beat\n');
  expect(notes(notesSettings('compose'), { 'web-1': facts })).toEqual(['web-1: the service celery runs 3 containers, and will run as many again, whatever the compose file says']);
});

test('a service of ours that left the configuration is named while it runs; those that were never ours are not', () => {
  const made = notesFacts('compose');
  const services = { ...made.containers?.services };
  const facts = { ...made, containers: { problem: null, exposed: [], services: { ...services, reports: { ...services['web'], name: 'sternway/notes-web:20261101-030000-v1-0-1' }, mail: services['db'] } } } as HostFacts;
  expect(preflight(notesSettings('compose'), 'v1.1.0', { 'web-1': facts })).toEqual(['web-1: the service reports runs a release of ours, but compose.services does not name it any more; remove its containers (docker rm --force; docker ps tells their names) or name it']);
});

test('a compose file that the containers were made with and nobody named is told before its words are lost; after a deployment of ours none is asked for', () => {
  const made = notesFacts('compose');
  const services = { ...made.containers?.services };
  const facts = (files: string[], over: Partial<HostFacts> = {}) => ({ ...made, ...over, containers: { problem: null, exposed: [], services: { ...services, web: { ...services['web'], files } } } }) as HostFacts;
  const told = (files: string[], over: Partial<HostFacts> = {}) => preflight(notesSettings('compose'), 'v1.1.0', { 'web-1': facts(files, over) });
  expect(told(['/var/www/notes/docker-compose.yml'])).toEqual([]);
  expect(told(['docker-compose.yml', 'docker-compose.override.yml'])).toEqual(['web-1: the service web was started with docker-compose.override.yml too, which compose.files does not name; a deployment would lose what it says, so name it there']);
  expect(told(['/x/docker-compose.yml', '/x/.sternway-images.yml'], { revision: deployed().revision })).toEqual([]);
});

test('what the live release leans on is asked again on the way back, with its pages and static files, by the same checks [A-36, RX-22]', () => {
  for (const strategy of ['compose', 'systemd'] as const) {
    const back = undoOf(notesPlan(strategy), 'the old release answers');
    for (const kind of ['redis', 'cache', 'celery', 'storage', 'count']) expect(back, kind).toContain(`"kind":"${kind}"`);
  }
});

test('a release whose app is verified to the third tier reads each tier when users are in, in turn; by default the first only [VF-07, VF-25, VF-34]', () => {
  const probed = (verify: number) => titles(notesPlan('systemd', { settings: notesSettings('systemd', (s) => ({ ...s, verify })) })).filter((title) => /^(the release holds|what users do|what is measured)/.test(title));
  expect(probed(1)).toEqual([]);
  expect(probed(2)).toEqual(['what users do works: from outside']);
  expect(probed(3)).toEqual(['what users do works: from outside', 'what is measured is within its limits: on the hosts', 'what is measured is within its limits: from outside']);
});

test('a deployment whose dump could not be copied away never reaches the migration [BK-10]', () => {
  const plan = notesPlan('systemd');
  const at = (title: string): number => titles(plan).indexOf(title);
  expect(at('final dump of the database')).toBeLessThan(at('copy the dump off the host'));
  expect(at('copy the dump off the host')).toBeLessThan(at('migrate'));
  expect(stepOf(plan, 'copy the dump off the host').job).toEqual({ kind: 'offsite', host: 'web-1', name: `${AIM.deployment}.sql.gz`, file: `/var/lib/sternway/notes/production/${AIM.deployment}/backup/database.sql.gz` });
});

test('containers that do not run, whose image was moved, or that are unwell are named before anything is begun [PF-16, PF-27]', () => {
  const with_ = (services: object, problem: string | null = null) => preflight(notesSettings('compose'), 'v1.1.0', { 'web-1': notesFacts('compose', { versions: { python: '3.11.2', nginx: '1.22.1', git: '2.39.5' }, containers: { problem, exposed: [], services: { ...notesFacts('compose').containers?.services, ...services } } }) });
  expect(with_({})).toEqual([]);
  expect(with_({ beat: { running: false, image: '', name: 'x', named: null, health: null, containers: 1, grace: null, files: [] } })).toEqual(['web-1: the service beat of the compose project notes does not run; start it first (docker-compose up -d beat), or correct compose.services']);
  expect(with_({ web: { running: true, image: `sha256:${'a'.repeat(64)}`, name: 'x', named: `sha256:${'b'.repeat(64)}`, health: null, containers: 1, files: [] } })).toEqual([`web-1: the service web runs the image ${'a'.repeat(12)}, but its image's name now stands for ${'b'.repeat(12)}; make the container again or tag the image that it runs`]);
  expect(with_({ web: { running: true, image: 'sha256:x', name: 'x', named: 'sha256:x', health: 'unhealthy', containers: 1, files: [] } })).toEqual(['web-1: the service web is unhealthy; mend it first']);
  expect(with_({}, 'docker: Cannot connect to the Docker daemon')).toEqual(['web-1: docker: Cannot connect to the Docker daemon; Docker and docker-compose must answer for strategy compose']);
});
