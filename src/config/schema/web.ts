/** How users reach the app, and its limits. */
import { z } from 'zod';
import { DEFAULTS } from '../defaults';
import { milliseconds } from '../units';
import { describe, rule, section } from './field';
import { absolutePath, line, relativePath, requirement, siteName } from './text';
import { decimal, duration, integer, share, size } from './values';

const maintenance = section('The page that users get while the app is closed (status 503).', {
  title: describe(line({ example: 'Back soon' }), { doc: 'Its title.' }).prefault(DEFAULTS.maintenance.title),
  message: describe(line({ example: 'We are back at noon.' }), { doc: 'Its sentence.' }).prefault(DEFAULTS.maintenance.message),
  retry_after: describe(duration('1s', '1d'), { doc: 'The `Retry-After` that clients are told.' }).prefault(DEFAULTS.maintenance.retry_after),
});

const nginxFields = section('The nginx site of the app.', {
  site: describe(siteName('shop'), { doc: 'Its name in `sites-available` and `sites-enabled`.' }),
  source: describe(relativePath('nginx/sites-available/shop'), { doc: 'Its file in the release.' }),
  available_dir: describe(absolutePath(DEFAULTS.availableDir), { doc: 'Directory of all sites.' }).prefault(DEFAULTS.availableDir),
  enabled_dir: describe(absolutePath(DEFAULTS.enabledDir), { doc: 'Directory of links to those that are served.' }).prefault(DEFAULTS.enabledDir),
  maintenance: maintenance.prefault({}),
  local_port: describe(integer(1, 65535, '8443'), {
    doc: 'Port on 127.0.0.1 that serves the site over TLS while users still get the maintenance page: the local way in for checks.',
  }).prefault(DEFAULTS.localPort),
  local_http_port: describe(integer(1, 65535, '8480'), { doc: 'The same for what the site serves without TLS.' }).prefault(DEFAULTS.localHttpPort),
  disable_sites: describe(z.array(siteName('default')), { doc: 'Sites that are taken out of `enabled_dir` when this one is served.', example: '[default]' }).prefault([]),
});

export const nginx = rule(nginxFields, ['site', 'available_dir', 'enabled_dir', 'local_port', 'local_http_port', 'disable_sites'], (value, report) => {
  if (value.local_port === value.local_http_port)
    report(['local_http_port'], `must differ from local_port (got ${value.local_http_port} twice)`, 'choose another free port');
  if (value.available_dir === value.enabled_dir)
    report(['enabled_dir'], `must differ from available_dir (got ${value.enabled_dir} twice)`, 'name the directory that holds the links');
  value.disable_sites.forEach((site, index) => {
    if (site === value.site) report(['disable_sites', index], `must not be the site of the app itself (got ${site})`, 'leave it out');
  });
});

const { thresholds: limits, timeouts: times } = DEFAULTS;

export const thresholds = section('What a host must have before anything is changed.', {
  disk_free: describe(share('1%', '90%'), { doc: 'Free space on the file systems of the app, of `paths.state` and of temporary files.' }).prefault(limits.disk_free),
  memory_free: describe(size('1MB', '1TB'), { doc: 'Memory that is available.' }).prefault(limits.memory_free),
  load_per_cpu: describe(decimal(0.1, 1000, '4'), { doc: 'Highest load average over a minute, per CPU.' }).prefault(limits.load_per_cpu),
  certificate_days: describe(integer(0, 3650, '14'), { doc: 'Days that the certificate of the site must still be valid.' }).prefault(limits.certificate_days),
});

const versionOf = (doc: string, example: string) => describe(requirement(`"${example}"`), { doc }).optional();

export const versions = section('Which versions of programs the hosts must have. What is left out is recorded, not judged.', {
  python: versionOf('Of `python.interpreter`; counts in place of `python.version`.', '>=3.11'),
  nginx: versionOf('Of nginx.', '>=1.18'),
  gunicorn: versionOf('Of Gunicorn in the environment of the release.', '>=20'),
  git: versionOf('Of git.', '>=2.30'),
});

const timeout = (name: keyof typeof times, doc: string, min = '1ms') => describe(duration(min), { doc }).prefault(times[name]);

const timeoutFields = section('How long things may take.', {
  deadline: timeout('deadline', 'The whole deployment, without waiting for people; after it the hosts are taken back.'),
  undo_budget: timeout('undo_budget', 'Taking one step back, with all attempts; after it a person is asked.'),
  build: timeout('build', 'Making the release directory and its virtual environment.'),
  migrate: timeout('migrate', 'Backup, upgrade, downgrade and restore of the database, each.'),
  service: timeout('service', 'Stopping or starting the units.'),
  switch: timeout('switch', 'Swapping links and reloading nginx, each.'),
  check: timeout('check', 'Until a started release must have passed its probes.'),
  watch: timeout('watch', 'Readings of the third tier, which are taken over time.'),
  stable: timeout('stable', 'How long the same process must run before a release counts as started.', '0s'),
  fact: timeout('fact', 'Reading one thing from a host.'),
  heartbeat: timeout('heartbeat', 'How long a worker may be silent before another one takes its task over; also how soon a cancel is noticed.'),
  remind: timeout('remind', 'Until a person whom a run waits for is reminded; later reminders come more seldom, up to sixteen times that.', '1s'),
});

export const timeouts = rule(timeoutFields, ['stable', 'check', 'undo_budget'], ({ stable, check, undo_budget: budget }, report) => {
  if (milliseconds(stable) >= milliseconds(check)) report(['stable'], `must be shorter than timeouts.check, or no check can pass (got ${stable}, check is ${check})`, 'shorten it, or give check more time');
  // The way back waits for the old release as long as the way forward waits for the new one.
  if (milliseconds(budget) < milliseconds(check)) report(['undo_budget'], `must be at least timeouts.check, or the way back asks for a person before its first check is over (got ${budget}, check is ${check})`, 'give it more time, or shorten check');
});

export const retention = section('What is kept.', {
  releases: describe(integer(2, 100, '5'), { doc: 'Releases on each host, the current and the previous one among them; these two are never deleted.' }).prefault(DEFAULTS.releases),
});
