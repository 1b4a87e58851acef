import { argv, quote, sh, stop, type RemoteCommand } from './remote-command';

/**
 * Points `link` at `to` by rename, which readers see as one moment. The link must point at one of `from` (or at `to`
 * already, so that a second run is harmless); anything else is somebody's change and stops the script as drift.
 * `null` in `from`: the link may be missing.
 */
export function swapLink(link: string, to: string, from: readonly (string | null)[]): string[] {
  const known = [...new Set([to, ...from.filter((target): target is string => target !== null)])];
  const missing = from.includes(null) ? [`'') [ ! -e ${quote(link)} ] || ${stop(`${link} is not a link any more: somebody changed it by hand`)} ;;`] : [];
  return [
    `case "$(readlink ${quote(link)} || true)" in`,
    `  ${known.map(quote).join(' | ')}) ;;`,
    ...missing.map((line) => `  ${line}`),
    `  *) printf '%s\\n' "${inDoubleQuotes(link)} is $(readlink ${quote(link)} || echo no link) and not ${inDoubleQuotes(known.join(' or '))}: somebody changed it by hand" >&2; exit 90 ;;`,
    'esac',
    `ln -sfn -- ${quote(to)} ${quote(beside(link))}`,
    `mv -fT ${quote(beside(link))} ${quote(link)}`,
  ];
}

/** Removes those folders that are empty, in this order; `stood`: those that were there before us stay. */
export function removeEmpty(folders: readonly string[], stood: readonly string[]): string[] {
  return folders.filter((folder) => !stood.includes(folder)).map((folder) => `rmdir --ignore-fail-on-non-empty ${quote(folder)} 2>/dev/null || true`);
}

/** Removes a link if it is the one we made; a foreign one is drift. */
export function removeLink(link: string, target: string): string[] {
  return [
    `rm -f ${quote(beside(link))}`,
    `case "$(readlink ${quote(link)} || true)" in`,
    `  ${quote(target)}) rm -f ${quote(link)} ;;`,
    `  '') [ ! -e ${quote(link)} ] || ${stop(`${link} is not our link any more: somebody changed it by hand`)} ;;`,
    `  *) ${stop(`${link} does not point at ${target} any more: somebody changed it by hand`)} ;;`,
    'esac',
  ];
}

/** Puts `source` at `path` by rename with this mode, root's. Guard: what is there has one of the known sha256 (`null`: nothing). */
export function installFile(source: string, path: string, known: readonly (string | null)[], mode = '0644'): string[] {
  return [
    ...guardContent(path, known, source),
    `install -m ${mode} -o root -g root ${quote(source)} ${quote(beside(path))}`,
    `mv -fT ${quote(beside(path))} ${quote(path)}`,
  ];
}

/** Puts the saved copy back, or removes the file where none existed. Guard as in `installFile`; `ours`: the file that we installed. */
export function restoreFile(path: string, saved: string, was: string | null, ours: string): string[] {
  return [
    ...guardContent(path, [was, null], ours),
    ...(was === null
      ? [`rm -f ${quote(path)} ${quote(beside(path))}`]
      : [
          `[ "$(sha256sum < ${quote(saved)} | cut -d' ' -f1)" = ${quote(was)} ] || ${stop(`the saved copy ${saved} is damaged`, 1)}`,
          `cp -a ${quote(saved)} ${quote(beside(path))}`,
          `mv -fT ${quote(beside(path))} ${quote(path)}`,
        ]),
  ];
}

/**
 * The name under which the next content of a path is made before it is renamed. A script can be killed between the two, so
 * it is hidden: nginx's `include sites-enabled/*` and systemd pass over what begins with a dot.
 */
export function beside(path: string): string {
  const at = path.lastIndexOf('/') + 1;
  return `${path.slice(0, at)}.${path.slice(at)}.sternway`;
}

/** Fails as drift unless `path` holds one of the known contents, or the same as the file `ours`. */
function guardContent(path: string, known: readonly (string | null)[], ours: string): string[] {
  return [
    `if [ -e ${quote(path)} ]; then now=$(sha256sum < ${quote(path)} | cut -d' ' -f1); else now=none; fi`,
    `if [ -f ${quote(ours)} ]; then mine=$(sha256sum < ${quote(ours)} | cut -d' ' -f1); else mine=gone; fi`,
    `case "$now" in ${[...new Set(known.map((sum) => quote(sum ?? 'none')))].join(' | ')} | "$mine") ;; *) ${stop(`${path} was changed by hand since this deployment was planned`)} ;; esac`,
  ];
}

/**
 * Saves what is about to change, outside the app's tree, with proof: every copy is compared with its original, and the
 * archive of the old code is read back. `archive` entries are packed without `exclude`d ones.
 */
export function backup(to: string, files: readonly string[], archives: readonly { name: string; of: string; exclude: readonly string[] }[]): RemoteCommand {
  return sh([
    `mkdir -p -m 0700 ${quote(to)} ${quote(`${to}/files`)}`,
    ...files.flatMap((file) => [`mkdir -p ${quote(`${to}/files${dirname(file)}`)}`, `cp -a --remove-destination ${quote(file)} ${quote(`${to}/files${file}`)}`, sameAs(file, `${to}/files${file}`)]),
    ...archives.flatMap(({ name, of, exclude }) => {
      const archive = `${to}/${name}.tar.gz`;
      // GNU tar's --compare reads every file again: the proof that the archive holds what is there now.
      return [
        argv('tar', '--create', '--gzip', '--file', `${archive}.part`, '--directory', of, ...exclude.map((path) => `--exclude=./${path}`), '.'),
        argv('gzip', '--test', `${archive}.part`),
        argv('tar', '--compare', '--file', `${archive}.part`, '--directory', of),
        argv('mv', '-fT', `${archive}.part`, archive),
      ];
    }),
    `cd ${quote(to)}`,
    // No pipe: a file that cannot be read would hide behind sort's success.
    "find . -type f ! -name 'SHA256SUMS*' -exec sha256sum {} + > SHA256SUMS.part",
    'sort -k2 -o SHA256SUMS.part SHA256SUMS.part',
    'mv -fT SHA256SUMS.part SHA256SUMS',
    `sync -f ${quote(to)}`,
    `printf '%s\\n' "saved $(wc -l < SHA256SUMS) files in ${inDoubleQuotes(to)}"`,
  ]);
}

/** Where `backup` keeps its copy of a file. */
export function savedCopy(to: string, file: string): string {
  return `${to}/files${file}`;
}

function sameAs(file: string, copy: string): string {
  const differs = stop(`the copy of ${file} differs from it`, 1);
  return `if [ -L ${quote(file)} ]; then [ "$(readlink ${quote(file)})" = "$(readlink ${quote(copy)})" ] || ${differs}; else cmp -s ${quote(file)} ${quote(copy)} || ${differs}; fi`;
}

/** For text inside double quotes of a message. */
export function inDoubleQuotes(text: string): string {
  return text.replace(/[\\"$`]/g, '\\$&');
}

function dirname(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
