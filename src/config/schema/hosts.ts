/** The machines of an environment, and secrets: what only the worker knows. */
import { z } from 'zod';
import { DEFAULTS } from '../defaults';
import { describe, rule, section } from './field';
import { address, hostKey, localPath, userName, variableName } from './text';
import { choice, integer } from './values';

const login = {
  address: describe(address('10.0.0.5'), { doc: 'Where sshd listens.' }),
  port: describe(integer(1, 65535, '22'), { doc: 'Its port.' }).prefault(DEFAULTS.port),
  user: describe(userName('deploy'), { doc: 'Whom to log in as.' }),
  key: describe(localPath('~/.ssh/id_ed25519'), { doc: "File of the private key, on the worker's machine. This or `agent`." }).optional(),
  agent: describe(z.literal(true), { doc: 'Use the ssh agent of the worker (`SSH_AUTH_SOCK`). This or `key`.', expects: 'true', example: 'true' }).optional(),
  host_key: describe(hostKey(), { doc: 'The public key that the machine must show.' }),
};

type WithLogin = z.ZodType<{ key?: string | undefined; agent?: true | undefined }>;

function oneWayIn<S extends WithLogin>(schema: S): S {
  return rule(schema, ['key', 'agent'], (value, report) => {
    const given = [value.key, value.agent].filter((way) => way !== undefined).length;
    if (given === 0) report([], 'must have either key or agent (got neither)', 'add the path of a private key, key: ~/.ssh/id_ed25519, or agent: true');
    if (given === 2) report([], 'must have either key or agent (got both)', 'leave one of them out');
  });
}

const bastion = oneWayIn(section('A machine to connect through.', login));

const hostFields = section('A machine, under the name that plans and reports use.', {
  ...login,
  roles: describe(
    z.array(choice(['web', 'worker', 'database'])).refine((roles) => roles.includes('web') && new Set(roles).size === roles.length),
    {
      doc: 'What the machine does: `web`, `worker`, `database`. For now each host has the role `web`.',
      expects: 'a list of different roles (web, worker, database), web among them',
      example: '[web]',
    },
  ).prefault([...DEFAULTS.roles]),
  become: describe(choice(['sudo', 'none']), { doc: 'How to become root: `sudo` (without a password), or `none` when the user is root.' }).prefault(DEFAULTS.become),
  bastion: bastion.optional(),
});

const host = rule(oneWayIn(hostFields), ['user', 'become'], (value, report) => {
  if (value.become === 'none' && value.user !== 'root')
    report(['become'], `must be sudo unless the user is root (got none for ${value.user})`, 'change it to sudo, or log in as root');
});

const hostName = describe(z.string().regex(/^[a-z0-9][a-z0-9.-]{0,62}$/), {
  expects: 'a plain name: small letters, digits, hyphens and dots, at most 63',
  example: 'web-1',
});

export const hosts = rule(
  describe(
    z.record(hostName, host).refine((all) => Object.keys(all).length > 0),
    { doc: 'The machines, by name.', expects: 'a mapping with at least one host', example: 'web-1: { address: 10.0.0.5, … }' },
  ),
  'all',
  (all, report) => {
    const seen = new Map<string, string>();
    for (const [name, one] of Object.entries(all)) {
      const at = [one.bastion?.address ?? '', one.address, one.port].join(' ');
      const other = seen.get(at);
      if (other === undefined) seen.set(at, name);
      else report([name, 'address'], `must be a machine of its own (got that of ${other} again)`, 'leave one of the two hosts out');
    }
  },
);

const source = rule(
  describe(
    z.strictObject({
      env: describe(variableName('SHOP_DB_PASSWORD'), { doc: 'Environment variable of the worker. This or `file`.' }).optional(),
      file: describe(localPath('/run/secrets/db_password'), { doc: "File on the worker's machine; a line break at its end does not count. This or `env`." }).optional(),
    }),
    { doc: 'Where the worker finds the secret when a step needs it.', hidden: true, example: '{ env: SHOP_DB_PASSWORD }' },
  ),
  ['env', 'file'],
  (value, report) => {
    const given = Object.keys(value).length;
    if (given !== 1) report([], `must have either env or file (got ${given === 0 ? 'neither' : 'both'})`, 'name the one place where the worker finds the secret');
  },
);

export const secrets = describe(z.record(variableName('DB_PASSWORD'), source), {
  doc: 'Secrets by name: never the secret itself. Only the worker reads them, at the moment of use.',
  example: 'DB_PASSWORD: { env: SHOP_DB_PASSWORD }',
  hidden: true,
}).prefault({});
