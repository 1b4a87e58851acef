import { foldersAbove } from '../facts/folders';
import { beside, removeEmpty, swapLink } from './files';
import { quote, sh, stop, type RemoteCommand } from './remote-command';

export interface Conversion {
  /** `/opt/shop`: a plain directory before, the link to the live release after. */
  readonly app: string;
  /** Where the old tree goes, whole: `/opt/shop.releases/releases/legacy-<deployment>`. */
  readonly legacy: string;
  readonly shared: string;
  readonly sharedPaths: readonly string[];
  /** Folders that were there before, which stay though they may be empty. */
  readonly stood: readonly string[];
}

/**
 * Turns the plain app directory into a release like any other: moved by rename, its shared files moved to `shared/` and
 * linked back in, the app's path a link to it. Every path in units and habits stays true. Each move may be met half done.
 * A shared path that is itself a link, to another disk perhaps, stays one: `shared/` gets its like.
 */
export function convert(c: Conversion): RemoteCommand {
  return sh([
    `if [ -d ${quote(c.app)} ] && [ ! -L ${quote(c.app)} ]; then`,
    `  [ ! -e ${quote(c.legacy)} ] || ${stop(`${c.legacy} is in the way`)}`,
    `  mkdir -p ${quote(c.legacy.slice(0, c.legacy.lastIndexOf('/')))}`,
    `  mv -T ${quote(c.app)} ${quote(c.legacy)}`,
    'fi',
    ...swapLink(c.app, c.legacy, [null]),
    `install -d -m 0755 ${quote(c.shared)}`,
    ...c.sharedPaths.flatMap((path) => {
      const [inTree, kept] = [quote(`${c.legacy}/${path}`), quote(`${c.shared}/${path}`)];
      return [
        ...(path.includes('/') ? [`mkdir -p ${quote(`${c.shared}/${path.slice(0, path.lastIndexOf('/'))}`)}`] : []),
        `[ ! -L ${kept} ] || rm ${kept}`,
        `case "$(readlink ${inTree} || true)" in`,
        `  ${kept}) ;;`,
        `  '') if [ -e ${inTree} ]; then mv -T ${inTree} ${kept}; fi; ln -s ${kept} ${inTree} ;;`,
        `  ${quote(c.app)}/*) ${stop(`${path} is a link into ${c.app} itself, which would change with each release`)} ;;`,
        `  /*) ln -s "$(readlink ${inTree})" ${kept} ;;`,
        `  *) ${stop(`${path} is a relative link, which would lead elsewhere`)} ;;`,
        'esac',
      ];
    }),
    `sync -f ${quote(c.shared)}`,
  ]);
}

/** The plain directory again, with its shared files as they are now. `missing`: shared paths the old tree did not have. */
export function unconvert(c: Conversion, missing: readonly string[]): RemoteCommand {
  return sh([
    `if [ -d ${quote(c.legacy)} ]; then`,
    `  case "$(readlink ${quote(c.app)} || true)" in ${quote(c.legacy)}) ;; *) [ ! -e ${quote(c.app)} ] && [ ! -L ${quote(c.app)} ] || ${stop(`${c.app} does not point at the old tree ${c.legacy}`)} ;; esac`,
    ...c.sharedPaths.map((path) => {
      const [inTree, kept] = [quote(`${c.legacy}/${path}`), quote(`${c.shared}/${path}`)];
      const back = missing.includes(path) ? '' : ` elif [ -e ${kept} ]; then [ ! -L ${inTree} ] || rm ${inTree}; mv -T ${kept} ${inTree};`;
      return `  if [ -L ${kept} ]; then rm ${kept};${back} fi${missing.includes(path) ? `; if [ -L ${inTree} ]; then rm ${inTree}; fi` : ''}`;
    }),
    `  rm -f ${quote(c.app)} ${quote(beside(c.app))}`,
    `  mv -T ${quote(c.legacy)} ${quote(c.app)}`,
    'fi',
    ...removeEmpty([...foldersAbove(c.shared, c.sharedPaths), c.legacy.slice(0, c.legacy.lastIndexOf('/'))], c.stood),
  ]);
}

/** The switch itself: one rename of one link. */
export function switchTo(app: string, to: string, from: string): RemoteCommand {
  return sh([...swapLink(app, to, [from]), `sync -f ${quote(app.slice(0, app.lastIndexOf('/')))}`]);
}

/**
 * Removes releases beyond `keep`, oldest first, and environments that no kept release uses. Never the live one, never the
 * previous one, never a name that is not a release's.
 */
export function prune(folder: string, app: string, previous: string | null, keep: number): RemoteCommand {
  return sh([
    `cd ${quote(`${folder}/releases`)}`,
    `live=$(readlink -f ${quote(app)})`,
    `previous=${quote(previous ?? '')}`,
    'kept=0',
    "for name in $(ls -1 | grep -E '^(legacy-)?[0-9]{8}-[0-9]{6}-[A-Za-z0-9._-]+$' | sed 's/^legacy-\\(.*\\)/\\1 &/; t; s/.*/& &/' | sort -r | cut -d' ' -f2); do",
    '  kept=$((kept + 1))',
    `  [ "$kept" -gt ${keep} ] || continue`,
    `  [ "$(readlink -f "$name")" != "$live" ] && [ ${quote(`${folder}/releases`)}/"$name" != "$previous" ] || continue`,
    '  rm -rf "$name"; echo "removed release $name"',
    'done',
    `[ -d ${quote(`${folder}/venvs`)} ] || exit 0`,
    `cd ${quote(`${folder}/venvs`)}`,
    'for sum in *; do',
    `  for release in ${quote(`${folder}/releases`)}/*; do [ "$(readlink "$release/venv" || true)" != ${quote(`${folder}/venvs`)}/"$sum" ] || continue 2; done`,
    '  [ ! -d "$sum" ] || { rm -rf "$sum"; echo "removed environment $sum"; }',
    'done',
  ]);
}
