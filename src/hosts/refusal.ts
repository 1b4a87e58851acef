import { ConnectionLost, HostRefused } from './failures';

/** This version of the helper is not on the host yet. */
export class NotInstalled extends Error {}

/** Why the helper did not start, by what was said on stderr. */
export function refusal(host: string, stderr: string): Error {
  if (/password is required|a terminal is required|must have a tty|not in the sudoers|not allowed to/i.test(stderr))
    return new HostRefused(`${host}: sudo asks for a password; give the deploy user a NOPASSWD line (sternway check prints it)`);
  if (/python3\S*: (command )?not found|python3\S*: No such file/i.test(stderr)) return new HostRefused(`${host}: python3 is not installed there; the helper needs Python 3.7 or newer`);
  if (/sudo\S*: (command )?not found|sudo\S*: No such file/i.test(stderr)) return new HostRefused(`${host}: sudo is not installed there; install it, or log in as root with sudo: false`);
  if (/python3: can't (open|find)/.test(stderr)) return new NotInstalled();
  return new ConnectionLost(`${host}: the helper did not start${stderr ? `: ${stderr.trim()}` : ''}`);
}
