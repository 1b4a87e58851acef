import { foldersAbove } from '../facts/folders';
import { removeEmpty } from './files';
import { quote, sh, stop, type RemoteCommand } from './remote-command';

/**
 * Brings the tag into a bare mirror in our state folder and insists that it still names the commit that was planned. A git that is ended in the
 * middle leaves files that it never collects (gc is off), and a killed one locks that would stop every later one: they go at the end and at the
 * next beginning.
 */
export function fetchTag(mirror: string, repository: string, tag: string, commit: string): RemoteCommand {
  return sh([
    `tidy() { if [ -d ${quote(mirror)} ]; then find ${quote(mirror)} -type f '(' -name '*.lock' -o -name 'tmp_obj_*' -o -name 'tmp_pack_*' -o -name 'tmp_idx_*' ')' -delete; fi; }`,
    'tidy',
    'trap tidy EXIT',
    "trap 'exit 1' TERM INT",
    // Harmless where it exists, and mends one whose making was cut short.
    `git init --quiet --bare ${quote(mirror)}`,
    `git --git-dir=${quote(mirror)} -c gc.auto=0 fetch --quiet --no-tags --force -- ${quote(repository)} ${quote(`refs/tags/${tag}:refs/tags/${tag}`)}`,
    `found=$(git --git-dir=${quote(mirror)} rev-parse ${quote(`refs/tags/${tag}^{commit}`)})`,
    `[ "$found" = ${quote(commit)} ] || ${stop(`the tag ${tag} was moved: it is not the commit that was planned (${commit})`)}`,
    `git --git-dir=${quote(mirror)} log -1 --oneline ${quote(commit)}`,
  ]);
}

export interface ReleaseFolder {
  readonly mirror: string;
  readonly commit: string;
  readonly tag: string;
  readonly deployment: string;
  /** `/opt/shop.releases/releases/<deployment>` */
  readonly path: string;
  /** `/opt/shop.releases/shared` */
  readonly shared: string;
  readonly sharedPaths: readonly string[];
  readonly owner: { readonly user: string; readonly group: string };
  /** The plain app directory, before the first deployment: until it is converted, shared files still live there. */
  readonly plain: string | null;
  /** Folders that were there before, which stay though they may be empty. */
  readonly stood: readonly string[];
}

/** The release as a directory of its own, whole or not at all: built under another name, then renamed. */
export function makeRelease(r: ReleaseFolder): RemoteCommand {
  const part = `${r.path}.part`;
  const base = r.path.slice(0, r.path.lastIndexOf('/'));
  return sh([
    `if [ -d ${quote(r.path)} ]; then exit 0; fi`,
    ...standIns(r),
    `mkdir -p ${quote(base)}`,
    // A line each: in `a && b`, a failing `a` does not stop the script.
    `rm -rf ${quote(part)}`,
    `mkdir ${quote(part)}`,
    // No pipe: a failing git would hide behind tar's success.
    `git --git-dir=${quote(r.mirror)} -c tar.umask=022 archive --format=tar --output=${quote(`${part}.tar`)} ${quote(r.commit)}`,
    `tar -x -f ${quote(`${part}.tar`)} -C ${quote(part)}`,
    `rm ${quote(`${part}.tar`)}`,
    `printf '%s\\n' ${quote(JSON.stringify({ release: r.tag, commit: r.commit, deployment: r.deployment }))} > ${quote(`${part}/REVISION`)}`,
    ...r.sharedPaths.flatMap((path) => [
      `rm -rf ${quote(`${part}/${path}`)}`,
      ...(path.includes('/') ? [`mkdir -p ${quote(`${part}/${path.slice(0, path.lastIndexOf('/'))}`)}`] : []),
      `ln -s ${quote(`${r.shared}/${path}`)} ${quote(`${part}/${path}`)}`,
    ]),
    `chown -Rh ${quote(`${r.owner.user}:${r.owner.group}`)} ${quote(part)}`,
    `sync -f ${quote(part)}`,
    `mv -T ${quote(part)} ${quote(r.path)}`,
  ]);
}

/** Links in `shared/` to the plain tree's files, so that the new code can be asked things before the conversion moves them. */
function standIns({ plain, shared, sharedPaths }: ReleaseFolder): string[] {
  if (plain === null) return [];
  return [
    `mkdir -p ${quote(shared)}`,
    ...sharedPaths.flatMap((path) => [
      ...(path.includes('/') ? [`mkdir -p ${quote(`${shared}/${path.slice(0, path.lastIndexOf('/'))}`)}`] : []),
      `[ -e ${quote(`${shared}/${path}`)} ] || ln -sfn ${quote(`${plain}/${path}`)} ${quote(`${shared}/${path}`)}`,
    ]),
  ];
}

/** Removes the release again, and folders of ours that are empty without it; refused while the app's link points at it. */
export function removeRelease({ path, plain, shared, sharedPaths, stood }: ReleaseFolder, current: string): RemoteCommand {
  const base = path.slice(0, path.lastIndexOf('/'));
  return sh([
    `[ "$(readlink ${quote(current)} || true)" != ${quote(path)} ] || ${stop(`${current} still points at ${path}`)}`,
    `rm -rf ${quote(path)} ${quote(`${path}.part`)} ${quote(`${path}.part.tar`)}`,
    ...(plain === null ? [] : sharedPaths.map((name) => `[ ! -L ${quote(`${shared}/${name}`)} ] || rm ${quote(`${shared}/${name}`)}`)),
    ...removeEmpty([...(plain === null ? [] : foldersAbove(shared, sharedPaths)), base, base.slice(0, base.lastIndexOf('/'))], stood),
  ]);
}
