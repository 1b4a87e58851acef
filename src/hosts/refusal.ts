import { ConnectionLost, HostRefused } from './failures';

/** This version of the helper is not on the host yet. */
export class NotInstalled extends Error {}

/** What sudo says where it would need a password, or forbids. */
export const SUDO_ASKS = /password is required|a terminal is required|must have a tty|not in the sudoers|not allowed to/i;

/** Why the helper did not start, by what was said on stderr. */
export function refusal(host: string, stderr: string): Error {
  if (SUDO_ASKS.test(stderr)) return new HostRefused(`${host}: sudo asks for a password; give the deploy user its line for this version of the helper (sternway check says how)`);
  if (/python3\S*: (command )?not found|python3\S*: No such file/i.test(stderr)) return new HostRefused(`${host}: python3 is not installed there; the helper needs Python 3.7 or newer`);
  if (/sudo\S*: (command )?not found|sudo\S*: No such file/i.test(stderr)) return new HostRefused(`${host}: sudo is not installed there; install it, or log in as root with sudo: false`);
  if (/python3: can't (open|find)/.test(stderr)) return new NotInstalled();
  return new ConnectionLost(`${host}: the helper did not start${stderr ? `: ${stderr.trim()}` : ''}`);
}
