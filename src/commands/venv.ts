import { beside, removeEmpty } from './files';
import { argv, quote, sh, stop, type RemoteCommand } from './remote-command';

export interface Venv {
  readonly interpreter: string;
  readonly release: string;
  readonly requirements: string;
  /** `/opt/shop.releases/venvs`; one venv for each content of the requirements file, shared by releases that agree. */
  readonly folder: string;
  readonly pip: readonly string[];
  readonly owner: { readonly user: string; readonly group: string };
  readonly deployment: string;
  /** Folders that were there before, which stay though they may be empty. */
  readonly stood: readonly string[];
}

/** Builds the virtual environment for the release's requirements, or takes the finished one that has the same, and links it in. */
export function installVenv(v: Venv): RemoteCommand {
  const asOwner = (line: string): string => `runuser -u ${quote(v.owner.user)} -- ${line}`;
  return sh([
    `sum=$( (${argv(v.interpreter, '--version')}; cat ${quote(`${v.release}/${v.requirements}`)}) | sha256sum | cut -c1-16)`,
    `venv=${quote(v.folder)}/$sum`,
    'if [ ! -e "$venv/.complete" ]; then',
    '  rm -rf "$venv"',
    `  install -d -o ${quote(v.owner.user)} -g ${quote(v.owner.group)} ${quote(v.folder)} "$venv"`,
    `  printf '%s\\n' ${quote(v.deployment)} > "$venv/.made-by"`,
    `  ${asOwner(`${quote(v.interpreter)} -m venv "$venv"`)}`,
    `  ${asOwner(`"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input ${[...v.pip, '-r', `${v.release}/${v.requirements}`].map(quote).join(' ')}`)}`,
    `  ${asOwner('"$venv/bin/python" -m pip check')}`,
    '  sync -f "$venv"',
    '  touch "$venv/.complete"',
    'fi',
    `ln -sfn "$venv" ${quote(beside(`${v.release}/venv`))}`,
    `mv -fT ${quote(beside(`${v.release}/venv`))} ${quote(`${v.release}/venv`)}`,
    `chown -h ${quote(`${v.owner.user}:${v.owner.group}`)} ${quote(`${v.release}/venv`)}`,
    'echo "virtual environment $sum"',
  ]);
}

/** Removes the environments that this deployment built, and unfinished ones, which nobody can use; another's, even one shared with it, stay. */
export function removeVenv(v: Venv, current: string): RemoteCommand {
  return sh([
    `for venv in ${quote(v.folder)}/*; do`,
    '  [ -d "$venv" ] || continue',
    `  [ ! -e "$venv/.complete" ] || [ "$(cat "$venv/.made-by" 2>/dev/null || true)" = ${quote(v.deployment)} ] || continue`,
    `  [ "$(readlink -f ${quote(`${current}/venv`)} || true)" != "$(readlink -f "$venv")" ] || ${stop('the live release still uses an environment that was to be removed')}`,
    '  rm -rf "$venv"',
    'done',
    ...removeEmpty([v.folder, v.folder.slice(0, v.folder.lastIndexOf('/'))], v.stood),
  ]);
}
