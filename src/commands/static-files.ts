import type { Runner } from './django';
import { argv, quote, sh, stop, type RemoteCommand } from './remote-command';
import { asRoot } from './schema-back';

/** Django collects the release's static files into the release itself; an empty directory is a failure, whatever the program said. */
export function collectStatic(runner: Runner | null, root: string, owner: { readonly user: string; readonly group: string }): RemoteCommand | undefined {
  if (!runner) return undefined;
  const collect = { script: `set -eu\n${argv(...runner.argv, 'collectstatic', '--noinput')}\n`, ...(runner.cwd ? { cwd: runner.cwd } : {}), ...(runner.user ? { user: runner.user } : {}) };
  return sh([
    // A bind mount of a directory that is not there would be made by Docker, as root's.
    argv('install', '-d', '-o', owner.user, '-g', owner.group, root),
    asRoot(collect),
    `[ -n "$(find ${quote(root)} -type f -print -quit)" ] || ${stop(`collectstatic left no file in ${root}`, 1)}`,
    // nginx reads them as another account: readable for all, and executable for nobody who was not before.
    `chmod -R u=rwX,go=rX ${quote(root)}`,
    `printf '%s files in %s\\n' "$(find ${quote(root)} -type f | wc -l)" ${quote(root)}`,
  ]);
}
