// What is shown of notes: Django with MariaDB, Redis, Celery and S3, under systemd or in Docker Compose.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { say } from '../../lib/progress.mjs';
import { load } from '../../lib/typescript.mjs';
import { secondStack } from '../../prepare.mjs';
import { failing } from '../acts/failures.mjs';
import { additive, first } from '../acts/forward.mjs';
import { schemaAhead } from '../acts/rollback.mjs';
import { signal } from '../acts/signal.mjs';
import { tiers } from '../acts/tiers.mjs';
import { must } from '../on-host.mjs';

/** Every release that goes back stands on this one: they differ from it by one commit each. */
const BASE = 'v1.1.0';

const lies = failing('v1.5.4-lies', {
  title: 'A release that lies about itself goes back by itself',
  short: 'release that lies',
  why: 'It starts, all its processes stay up, its health check is well, but it says that it is v1.0.0: not what was to be deployed. That is found while users still get the maintenance page.',
  live: BASE,
});

const halfMigration = (column) => failing('v1.5.0-fails-halfway', {
  title: 'A migration that fails half way goes back',
  short: 'migration fails midway',
  why: 'MySQL commits each change of the schema by itself, so when the second one fails the first has come to stay, and Django has recorded neither. The dump, taken when nobody wrote any more, is restored into an empty schema, which then takes the place of the broken one.',
  live: BASE,
  halfway: { what: 'the column prompts_prompt.rating', look: column('prompts_prompt', 'rating') },
});

const FORMS = {
  systemd: { client: 'mariadb', config: 'sternway.yml', raising: 15, patience: '20s' },
  compose: { client: 'docker exec -i notes_db_1 mariadb -uroot', config: 'sternway-compose.yml', raising: 15, patience: '30s' },
};

/** @param {'systemd' | 'compose'} strategy */
export function notes(strategy) {
  const { client, config, raising, patience } = FORMS[strategy];
  // Asked of the database itself, past Django.
  const ask = (sql) => `n=$(sed -n 's/^DB_NAME=//p' /var/www/notes/.env); echo "${sql}" | ${client} -N`;
  const column = (table, name) => async (host) =>
    (await must(host, ask(`select count(*) from information_schema.columns where table_schema='$n' and table_name='${table}' and column_name='${name}'`))) === '1';
  return {
    app: 'notes',
    site: 'notes.test',
    words: ['--stack', 'django', ...(strategy === 'systemd' ? [] : ['--strategy', strategy])],
    parts: secondStack,
    raising: [`raising a host with notes, ${strategy} (the first time minutes longer)`, raising],
    raise: () => load('testbed/notes.ts').raiseNotes({ name: 'web-1', strategy }),
    config,
    // On a busy machine Django takes seconds to start, and containers more.
    patience,
    // Each page costs Django and its database more than the shop.
    asked: 5,
    adapt,
    digest: (host) => load('testbed/digest.ts').putDigest(host, strategy),
    directory: '/var/www/notes',
    /** The newest migration of the prompts. */
    schema: ask("select name from $n.django_migrations where app='prompts' order by id desc limit 1"),
    hold: '/run/notes/hold-migration',
    // Not the Compose command that starts it.
    migrates: '^[^ ]*python[^ ]* manage.py migrate',
    acts: [first(BASE, tiers), lies, halfMigration(column), signal('v1.5.8-slow-migration', BASE), additive('v1.2.0'), schemaAhead('prompts look wrong', BASE)],
  };
}

/** The secrets as files, the S3 server, all three tiers required, and the third one's readings in seconds. */
async function adapt(config, { host, s3 }, folder) {
  const password = await must(host, "sed -n 's/^TEST_USER_PASSWORD=//p' /var/www/notes/.env");
  const secrets = { TEST_PASSWORD: password, S3_ACCESS_KEY: s3.accessKey, S3_SECRET_KEY: s3.secretKey };
  config.secrets = Object.fromEntries(Object.entries(secrets).map(([name, value]) => {
    const file = join(folder, name);
    writeFileSync(file, value, { mode: 0o600 });
    return [name, { file }];
  }));
  config.offsite.endpoint = s3.endpoint;
  config.verify = 3;
  for (const request of requests(config.probes)) request.within = '15s';
  const probe = (name) => config.probes.find((one) => one.name === name);
  // Processors and disk are those of this whole machine, builds and all.
  Object.assign(probe('response-time').samples, { count: 10, every: '200ms', average: '2s' });
  probe('steady').samples.average = '2s';
  probe('processor').cpu.busy = '100%';
  probe('disk').disk.free = '1%';
  if (probe('containers') && !(await countsMemory(host))) {
    config.probes = config.probes.filter(({ name }) => name !== 'containers');
    say('containers', 'nobody counts their memory on this host: their probe is left out');
  }
}

/** Everything that is asked by HTTP: a busy machine answers late, and a good release is not to go back for that. */
function requests(probes) {
  return probes.flatMap((probe) => (probe.scenario ? [...probe.scenario.steps, ...(probe.scenario.cleanup ?? [])] : probe.path || probe.static || probe.websocket ? [probe] : []));
}

/** A Docker Engine inside of a test host may have no memory cgroups: it says 0 of every container then, which is no reading. */
async function countsMemory(host) {
  const used = await must(host, "docker stats --no-stream --format '{{.MemUsage}}'");
  return used.split('\n').every((line) => !line.startsWith('0B'));
}
