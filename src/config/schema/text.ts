/** Kinds of text: names, paths, addresses, commands. Strict, because they end up in commands, units and file names. */
import { z } from 'zod';
import { hostKeyFault, plainHostKey } from '../host-key';
import { placeholdersIn } from '../placeholders';
import { suggest } from '../suggest';
import { readRequirement } from '../versions';
import { describe, type FieldMeta } from './field';

function text(test: (value: string) => boolean, meta: FieldMeta) {
  return describe(z.string().refine(test), meta);
}

function matching(pattern: RegExp, meta: FieldMeta) {
  return text((value) => pattern.test(value), meta);
}

const LINE = /^[^\p{Cc}]+$/u;

export const plainName = (example: string) =>
  matching(/^[a-z][a-z0-9-]{0,39}$/, { expects: 'a plain name: small letters, digits and hyphens, a letter first, at most 40', example });

export const userName = (example: string) =>
  matching(/^[a-z_][a-z0-9_-]{0,31}$/, { expects: 'the name of a Linux user or group', example });

export const unitName = () =>
  matching(/^[A-Za-z0-9_][A-Za-z0-9:_.@-]{0,199}\.(service|socket|timer)$/, { expects: 'the name of a systemd unit (.service, .socket or .timer)', example: 'shop.service' });

export const siteName = (example: string) =>
  matching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/, { expects: 'the name of a file in sites-available, without its directory', example });

export const variableName = (example: string) =>
  matching(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, { expects: 'the name of an environment variable', example, hidden: true });

export const program = () =>
  matching(/^(\/(?!.*\/\.\.?(\/|$))[A-Za-z0-9._+@/-]*)?[A-Za-z0-9._+-]+$/, { expects: 'a program: a name on the PATH or an absolute path', example: 'python3' });

/** An absolute path on a host, in one spelling. */
export const absolutePath = (example: string) =>
  matching(/^(\/(?!\.\.?(\/|$))[A-Za-z0-9._+@-]+)+$/, {
    expects: 'an absolute path of letters, digits and . _ + @ -, without . or .. and without a slash at its end',
    example,
  });

/** A path inside a release. */
export const relativePath = (example: string) =>
  matching(/^(?!\.\.?(\/|$))[A-Za-z0-9._+@-]+(\/(?!\.\.?(\/|$))[A-Za-z0-9._+@-]+)*$/, {
    expects: 'a path inside the release: relative, without . or .., of letters, digits and . _ + @ -',
    example,
  });

/** A file of the machine that the worker runs on; `~/` and paths relative to sternway.yml are made absolute by the loader. */
export const localPath = (example: string) =>
  text((value) => LINE.test(value) && !/^~(?!\/)/.test(value), { expects: 'the path of a file on the machine of the worker', example, hidden: true });

export const repository = () =>
  text((value) => /^(file:\/\/\/|ssh:\/\/|https:\/\/|\/|[a-z_][a-z0-9_-]*@[A-Za-z0-9.-]+:)[A-Za-z0-9._~+@:/-]+$/.test(value) && !/\/\/[^/]*:[^/]*@/.test(value), {
    expects: 'a git repository as the hosts see it: a path, file://, ssh://, https:// or user@host:path, without a password',
    example: 'file:///srv/git/shop.git',
  });

export const siteUrl = () =>
  matching(/^https:\/\/(\[[0-9a-fA-F:]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)(:\d{1,5})?\/?$/, {
    expects: 'the https:// address of the site, without a path',
    example: 'https://shop.test',
  });

/** A host name or an IP address. */
export const address = (example: string) => text(isAddress, { expects: 'a host name or an IP address', example });

function isAddress(value: string): boolean {
  if (/^[0-9.]+$/.test(value)) return z.regexes.ipv4.test(value);
  if (value.includes(':')) return z.regexes.ipv6.test(value);
  return value.length <= 253 && /^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/.test(value);
}

export const hostKey = () =>
  describe(
    z
      .string()
      .superRefine((value, context) => {
        const fault = hostKeyFault(value);
        if (fault !== undefined) context.addIssue({ code: 'custom', message: fault, params: { problem: fault } });
      })
      .overwrite(plainHostKey),
    {
      expects: 'the public key of the host: algorithm and base64 text',
      example: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…',
      hint: 'take what `ssh-keyscan -t ed25519 HOST` prints after the host name, and compare it with /etc/ssh/ssh_host_ed25519_key.pub there',
    },
  );

export const requirement = (example: string) =>
  text((value) => readRequirement(value) !== undefined, { expects: 'a version requirement: >=, <=, >, < or == and a version, several with commas', example });

export const pattern = () =>
  text((value) => LINE.test(value) && compiles(value), { expects: 'a regular expression', example: "'\\bERROR\\b'" });

function compiles(value: string): boolean {
  try {
    new RegExp(value);
    return true;
  } catch {
    return false;
  }
}

/** One line of text. */
export const line = (meta: FieldMeta) => text((value) => value.length <= 1000 && LINE.test(value), { expects: 'a line of text', ...meta });

/** A line in which only these placeholders may stand. */
export const template = (placeholders: readonly string[], meta: FieldMeta, test: (value: string) => boolean = () => true) =>
  describe(
    z.string().superRefine((value, context) => {
      if (!LINE.test(value) || !test(value)) return void context.addIssue({ code: 'custom', message: 'bad text' });
      for (const name of placeholdersIn(value)) if (!placeholders.includes(name)) context.addIssue(unknownPlaceholder(name, placeholders));
    }),
    { expects: 'a line of text', ...meta },
  );

function unknownPlaceholder(name: string, known: readonly string[]) {
  const meant = suggest(name, known);
  const list = known.length === 0 ? 'no placeholder is known here' : `known here: ${known.map((one) => `{${one}}`).join(', ')}`;
  const problem = `has the unknown placeholder {${name}}`;
  const hint = meant === undefined ? list : `did you mean {${meant}}?`;
  return { code: 'custom' as const, message: problem, params: { problem, hint } };
}
