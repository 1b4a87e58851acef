import { argv, sh, type RemoteCommand } from './remote-command';

/** Keeps one look at what stands on the host in `file`. `helper`: its directory there; `request`: what to look at. */
export function keepStanding(helper: string, request: object, file: string): RemoteCommand {
  return sh([argv('python3', '-I', helper, 'standing', JSON.stringify(request), file)]);
}
