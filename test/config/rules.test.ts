import { expect, test } from 'vitest';
import { ConfigError, problemText } from '../../src/config/errors';
import { parseConfig } from '../../src/config/parse';
import { ECDSA, ED25519, fullDocument, put } from './document';

const WEB_1 = ['environments', 'production', 'hosts', 'web-1'];

function sentencesFor(...changes: [keys: (string | number)[], value: unknown][]): string[] {
  const document = fullDocument();
  for (const [keys, value] of changes) put(document, keys, value);
  try {
    parseConfig(document, 'sternway.yml');
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(problemText);
    throw error;
  }
  return [];
}

test.each<[title: string, keys: (string | number)[], value: unknown, sentence: string]>([
  ['two units of one name', ['units', 1, 'name'], 'shop.service', 'units[1].name: must be unique (got "shop.service" again) - give each unit a name of its own'],
  ['two probes of one name', ['probes', 1, 'name'], 'health', 'probes[1].name: must be unique (got "health" again) - give each probe a name of its own'],
  ['a shared path in another one', ['shared', 1], 'data/cache', 'shared[1]: must not lie in another shared path (got data/cache, in data) - leave it out: it is kept with the other one'],
  ['a shared path given twice', ['shared', 1], '.env', 'shared[1]: must not lie in another shared path (got .env, in .env) - leave it out: it is kept with the other one'],
  ['a database that the next release would lose', ['database', 'file'], 'shop.sqlite3', 'database.file: must lie in a shared path, or the next release would be without it (got shop.sqlite3) - add its directory to shared'],
  ['an upgrade of which nobody can tell what it does', ['database', 'plan'], undefined, 'database.accept: must be irreversible where plan is missing, without which every upgrade counts as that (got reversible) - add plan, a command that prints the pending migrations, or set accept: irreversible'],
  ['a .env that the next release would lose', ['env', 'file'], 'conf/.env', 'env.file: must lie in a shared path, or the next release would be without it (got conf/.env) - add it to shared'],
  ['a system directory as the app', ['paths', 'app'], '/etc/shop', 'paths.app: must be a directory of the app alone (got /etc/shop) - give it one of its own, for example /opt/shop'],
  ['a directory of many apps as the app', ['paths', 'app'], '/opt', 'paths.app: must be a directory of the app alone (got /opt) - give it one of its own, for example /opt/shop'],
  ['releases in the app', ['paths', 'releases'], '/opt/shop/releases', 'paths.releases: must not lie in paths.app, which becomes a link (got /opt/shop/releases) - put it beside /opt/shop'],
  ['the records in the app', ['paths', 'state'], '/opt/shop/state', 'paths.state: must not lie in paths.app, which becomes a link (got /opt/shop/state) - put it beside /opt/shop'],
  ['reports that are kept nowhere', ['reports'], { s3: false }, 'reports: must have a directory, or s3: true (got neither) - add directory: /var/lib/sternway-reports, or leave the section out'],
  ['reports in a bucket that nobody names', ['offsite'], undefined, 'reports.s3: must be left out without offsite, which names the bucket (got true) - add the section offsite, or keep reports in a directory'],
  ['one local port for two things', ['nginx', 'local_http_port'], 8443, 'nginx.local_http_port: must differ from local_port (got 8443 twice) - choose another free port'],
  ['links in the directory of what they point at', ['nginx', 'enabled_dir'], '/etc/nginx/sites-available', 'nginx.enabled_dir: must differ from available_dir (got /etc/nginx/sites-available twice) - name the directory that holds the links'],
  ['the app switching itself off', ['nginx', 'disable_sites', 0], 'shop', 'nginx.disable_sites[0]: must not be the site of the app itself (got shop) - leave it out'],
  ['a way back shorter than its check', ['timeouts', 'undo_budget'], '30s', 'timeouts.undo_budget: must be at least timeouts.check, or the way back asks for a person before its first check is over (got 30s, check is 45s) - give it more time, or shorten check'],
  ['a wait that no check survives', ['timeouts', 'stable'], '1m', 'timeouts.stable: must be shorter than timeouts.check, or no check can pass (got 1m, check is 45s) - shorten it, or give check more time'],
  ['a variable required twice', ['env', 'required', 1], 'SECRET_KEY', 'env.required[1]: must be named once (got SECRET_KEY again) - leave one of them out'],
  ['an unknown placeholder', ['probes', 0, 'path'], '/v/{relase}', 'probes[0].path: has the unknown placeholder {relase} - did you mean {release}?'],
  ['a placeholder in the wrong command', ['database', 'upgrade', 2], '{revision}', 'database.upgrade[2]: has the unknown placeholder {revision} - no placeholder is known here'],
  ['a bad regular expression', ['logs', 0, 'fail_on', 0], '(', "logs[0].fail_on[0]: must be a regular expression (got \"(\") - for example '\\bERROR\\b'"],
  ['a number where the text needs quotes', ['env', 'assert', 'DEBUG'], false, 'env.assert.DEBUG: must be a text (got false) - put it in quotes: "false"'],
  ['a duration without a unit', ['timeouts', 'check'], 60, 'timeouts.check: must be a duration such as 1h30m, 10s or 500ms, from 1ms to 7d (got 60) - for example 30s'],
  ['a bad name of an environment', ['environments', 'Live 1'], { url: 'https://shop.test', hosts: {} }, 'environments["Live 1"]: must be named by a plain name: small letters, digits and hyphens, a letter first, at most 40 (got "Live 1") - for example production'],
  ['a password in the repository', ['repository'], 'https://me:hunter2@git.test/shop', 'repository: must be a git repository as the hosts see it: a path, file://, ssh://, https:// or user@host:path, without a password (got "https://***@git.test/shop") - for example file:///srv/git/shop.git'],
  ['a secret in place of where it is found', ['secrets', 'DB_PASSWORD'], 'hunter2', 'secrets.DB_PASSWORD: must be a mapping (got a text that is not shown here) - for example { env: SHOP_DB_PASSWORD }'],
  ['a secret in place of the name of a variable', ['secrets', 'DB_PASSWORD', 'env'], 'hunter-2!', 'secrets.DB_PASSWORD.env: must be the name of an environment variable (got a text that is not shown here) - for example SHOP_DB_PASSWORD'],
  ['a secret with two sources', ['secrets', 'DB_PASSWORD', 'file'], '/run/x', 'secrets.DB_PASSWORD: must have either env or file (got both) - name the one place where the worker finds the secret'],
  ['a secret without a source', ['secrets', 'DB_PASSWORD'], {}, 'secrets.DB_PASSWORD: must have either env or file (got neither) - name the one place where the worker finds the secret'],
  ['a key and the agent', [...WEB_1, 'agent'], true, 'environments.production.hosts.web-1: must have either key or agent (got both) - leave one of them out'],
  ['neither key nor agent', [...WEB_1, 'key'], undefined, 'environments.production.hosts.web-1: must have either key or agent (got neither) - add the path of a private key, key: ~/.ssh/id_ed25519, or agent: true'],
  ['no way in at the bastion', [...WEB_1, 'bastion', 'key'], undefined, 'environments.production.hosts.web-1.bastion: must have either key or agent (got neither) - add the path of a private key, key: ~/.ssh/id_ed25519, or agent: true'],
  ['a user who is not root and does not become it', [...WEB_1, 'become'], 'none', 'environments.production.hosts.web-1.become: must be sudo unless the user is root (got none for deploy) - change it to sudo, or log in as root'],
  ['a host without the role web', [...WEB_1, 'roles'], ['worker'], 'environments.production.hosts.web-1.roles: must be a list of different roles (web, worker, database), web among them (got a list) - for example [web]'],
  ['one machine under two names', ['environments', 'production', 'hosts', 'twin'], { address: '10.0.0.6', user: 'deploy', agent: true, host_key: ED25519, bastion: { address: '10.0.0.1', user: 'jump', agent: true, host_key: ED25519 } }, 'environments.production.hosts.twin.address: must be a machine of its own (got that of web-2 again) - leave one of the two hosts out'],
])('refuses %s', (_, keys, value, sentence) => {
  expect(sentencesFor([keys, value])).toEqual([sentence]);
});

test('a rule that a default breaks is told as that rule, and not as something missing', () => {
  expect(sentencesFor([['database', 'plan'], undefined], [['database', 'accept'], undefined])).toEqual([
    'database.accept: must be irreversible where plan is missing, without which every upgrade counts as that (got reversible) - add plan, a command that prints the pending migrations, or set accept: irreversible',
  ]);
});

test.each([
  ['of an unknown algorithm', 'ssh-dss AAAA', /must begin with one of ssh-ed25519, /],
  ['with the host name before it', `10.0.0.5 ${ED25519}`, /begins with a host name/],
  ['without its base64 text', 'ssh-ed25519', /must have its base64 text/],
  ['with damaged base64 text', ED25519.replace('K8S', 'K8-'), /must have its base64 text/],
  ['that lost its end while copying', ED25519.slice(0, -4), /is cut short/],
  ['that is of another kind than it says', ED25519.replace('ssh-ed25519', 'ssh-rsa'), /says ssh-rsa, yet/],
  ['that is two', `${ED25519}\n${ECDSA}`, /holds more than one key/],
])('refuses a host key %s, and says how to get the right one', (_, key, said) => {
  const sentences = sentencesFor([[...WEB_1, 'host_key'], key]);
  expect(sentences).toHaveLength(1);
  expect(sentences[0]).toMatch(said);
  expect(sentences[0]).toContain('ssh-keyscan -t ed25519 HOST');
});

test('takes host keys of other kinds, and keeps them without their comment', () => {
  const document = fullDocument();
  put(document, [...WEB_1, 'host_key'], `  ${ECDSA}   root@web-1 `);
  expect(parseConfig(document, 'sternway.yml').environments['production']?.hosts['web-1']?.host_key).toBe(ECDSA);
});

test('a mistake in one place hides no broken rule in another', () => {
  const found = sentencesFor([['units', 1, 'name'], 'shop.service'], [['units', 0, 'source'], 12], [['timeouts', 'stable'], '1h'], [['timeouts', 'fact'], 'x'], [['database', 'file'], 'a.db'], [['retention'], 1]);
  expect(found.map((sentence) => sentence.split(':')[0]).toSorted()).toEqual(['database.file', 'retention', 'timeouts.fact', 'timeouts.stable', 'units[0].source', 'units[1].name']);
});
