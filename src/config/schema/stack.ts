/** What only some apps have: containers, Django, a test suite, a place for copies of backups. */
import { z } from 'zod';
import { DEFAULTS } from '../defaults';
import { once, unique } from './app';
import { describe, rule, section } from './field';
import { line, localPath, plainName, relativePath, template, variableName } from './text';
import { choice, duration } from './values';

const service = section('A service of the app in the compose file.', {
  name: describe(plainName('web'), { doc: 'Its name there.' }),
  image_of: describe(plainName('web'), { doc: 'The service whose image it runs. Without it the service has a `build` of its own.' }).optional(),
  once,
});

const composeFields = section('How the app runs in containers, for `strategy: compose`. Services that are not listed, the data services above all, are never touched.', {
  command: describe(choice(['docker-compose', 'docker compose']), { doc: 'Which Compose the hosts have.' }).prefault(DEFAULTS.compose.command),
  files: describe(z.array(relativePath('docker-compose.yml')).min(1), {
    doc: 'The compose files in the release, as `--file` takes them: a later one adds to those before it, and paths in all are relative to the first.',
    expects: 'a list of at least one path inside the release',
    example: '[docker-compose.yml, docker-compose.prod.yml]',
  }).prefault([...DEFAULTS.compose.files]),
  project: describe(plainName('shop'), { doc: 'The name of the compose project. It stays the same over releases, as volumes and networks are named after it.' }),
  services: describe(z.array(service).min(1), {
    doc: 'The services that a release replaces, in the order in which they start; they stop in the opposite order.',
    expects: 'a list of at least one service',
    example: '[{ name: web }, { name: celery, image_of: web }]',
  }),
});

export const compose = rule(composeFields, ['services'], ({ services }, report) => {
  unique(services, (path, ...rest) => report(['services', ...path], ...rest), 'service');
  services.forEach(({ image_of: other }, index) => {
    if (other === undefined || services.some((one) => one.name === other && one.image_of === undefined)) return;
    report(['services', index, 'image_of'], `must be a listed service that is built (got ${other})`, 'name one without image_of, or leave it out');
  });
});

export const django = section('Django: its migrations and static files are looked after, and probes may ask the app itself.', {
  project: describe(relativePath('backend'), { doc: 'Directory of manage.py in the release; left out when it is the release itself.' }).optional(),
  static_root: describe(relativePath('staticfiles'), { doc: 'Where collectstatic puts static files, in the release: what nginx serves. Left out: nothing is collected.' }).optional(),
  celery: describe(line({ expects: 'a Python module', example: 'backend' }), { doc: 'The module of the Celery app, as `celery -A` takes it.' }).optional(),
});

export const tests = section('The tests of the release, run before anything is changed.', {
  run: describe(z.array(template([], { expects: 'one argument of the command', example: 'pytest' }, (text) => text !== '')).min(1), {
    doc: 'Program and arguments. It fails the deployment when it ends with another code than 0.',
    expects: 'a list of at least one item: the program and its arguments',
    example: '[venv/bin/python, manage.py, test]',
  }),
  on: describe(choice(['host', 'worker']), { doc: 'Where: in the release directory on the first host, or in `directory` on the machine of the worker.' }).prefault(DEFAULTS.tests.on),
  directory: describe(localPath('/srv/checkout'), { doc: 'For `on: worker`: a checkout there. It must be at the commit of the release.' }).optional(),
  within: describe(duration('1s', '2h'), { doc: 'How long they may take.' }).prefault(DEFAULTS.tests.within),
});

const named = describe(section('A secret by name.', { secret: describe(variableName('S3_KEY'), { doc: 'Its name in `secrets`.' }) }), { hidden: true });

export const offsite = section('Where proven dumps are copied, with their checksum verified by the store: an S3 bucket.', {
  bucket: describe(line({ expects: 'the name of a bucket', example: 'shop-backups' }), { doc: 'The bucket.' }),
  prefix: describe(relativePath('database/pre-deploy'), { doc: 'Folder in it.' }).prefault(DEFAULTS.offsite.prefix),
  region: describe(line({ expects: 'a region', example: 'eu-central-1' }), { doc: 'Its region.' }).prefault(DEFAULTS.offsite.region),
  endpoint: describe(z.string().refine((text) => /^https?:\/\/[A-Za-z0-9.:[\]-]+$/.test(text)), {
    doc: "An S3 server that is not Amazon's, as worker and hosts reach it.",
    expects: 'an address beginning with http:// or https://, without a path',
    example: 'https://s3.example.org',
  }).optional(),
  access_key: named,
  secret_key: named,
});
