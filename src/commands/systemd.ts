import { installFile, restoreFile } from './files';
import { argv, quote, say, sh, stop, type RemoteCommand } from './remote-command';

/** Stops units in the order given, and proves it: inactive, and no main process left (sockets and timers have none). One that had to be killed is named. */
export function stopUnits(units: readonly string[]): RemoteCommand {
  return sh([
    ...units.map((unit) => argv('systemctl', 'stop', unit)),
    ...units.map((unit) => `[ "$(systemctl show -p Result --value ${quote(unit)})" != timeout ] || ${say(`${unit} did not end within its TimeoutStopSec and was killed: what it was working at may be lost`)}`),
    ...units.map((unit) => `pid=$(systemctl show -p MainPID --value ${quote(unit)}); [ "\${pid:-0}" = 0 ] && ! systemctl is-active --quiet ${quote(unit)} || ${stop(`${unit} still runs after its stop`, 1)}`),
  ]);
}

/** Starts units in the order given, after the lines `first`. The start limit is reset: a crash loop before must not block the way back. */
export function startUnits(units: readonly string[], first: readonly string[] = []): RemoteCommand {
  return sh([
    ...first,
    ...units.flatMap((unit) => [`systemctl reset-failed ${quote(unit)} 2>/dev/null || true`, `${argv('systemctl', 'start', unit)} || ${journal(unit)}`]),
    ...units.map((unit) => `systemctl is-active --quiet ${quote(unit)} || ${journal(unit)}`),
  ]);
}

/** On failure: the unit's last words into our output, so that the report has them. */
function journal(unit: string): string {
  return `{ systemctl status --no-pager --lines=0 ${quote(unit)} 2>&1 | sed -n 1,3p >&2 || true; journalctl --no-pager --output=cat -n 15 -u ${quote(unit)} >&2 || true; ${say(`${unit} did not start`)} >&2; exit 1; }`;
}

export interface UnitFile {
  /** `/etc/systemd/system/shop.service` */
  readonly path: string;
  /** In the release. */
  readonly source: string;
  readonly saved: string;
  /** sha256 of what was there; null: nothing. */
  readonly was: string | null;
}

/** Installs unit files of the release where they differ, and tells systemd. */
export function installUnits(units: readonly UnitFile[]): RemoteCommand {
  return sh([...units.flatMap((unit) => installFile(unit.source, unit.path, [unit.was])), argv('systemctl', 'daemon-reload')]);
}

export function restoreUnits(units: readonly UnitFile[]): RemoteCommand {
  return sh([...units.flatMap((unit) => restoreFile(unit.path, unit.saved, unit.was, unit.source)), argv('systemctl', 'daemon-reload')]);
}

/** Lines that fail unless each unit keeps one main process for `seconds`, without a restart: `started` alone proves nothing. */
export function stayUp(units: readonly string[], seconds: number): string[] {
  const props = '-p ActiveState -p MainPID -p NRestarts -p InvocationID';
  return [
    ...units.map((unit, n) => `before${n}=$(systemctl show ${props} ${quote(unit)})`),
    ...units.map((unit, n) => `case "$before${n}" in *ActiveState=active*) ;; *) ${stop(`${unit} is not active`, 1)} ;; esac`),
    `end=$(( $(date +%s%N) + ${Math.round(seconds * 1000)} * 1000000 ))`,
    'while [ "$(date +%s%N)" -lt "$end" ]; do',
    ...units.map((unit, n) => `  [ "$(systemctl show ${props} ${quote(unit)})" = "$before${n}" ] || { journalctl --no-pager --output=cat -n 8 -u ${quote(unit)} >&2 || true; ${say(`${unit} did not keep running for ${seconds} s`)} >&2; exit 1; }`),
    '  sleep 0.2',
    'done',
  ];
}

/**
 * A line that fails unless the unit's main process works in `release`, links resolved: which release really runs. Of a unit that works in the
 * path `app` or below it; where another works says nothing.
 */
export function runsFrom(unit: string, app: string, release: string): string {
  const show = (property: string): string => `$(systemctl show -p ${property} --value ${quote(unit)})`;
  return [
    `at=${show('WorkingDirectory')}; case "$at" in ${quote(app)}|${quote(app)}/*)`,
    `  wanted=$(readlink -f ${quote(release)}"\${at#${quote(app)}}" || true); runs=$(readlink "/proc/${show('MainPID')}/cwd" || true)`,
    `  [ "$runs" = "$wanted" ] || { printf '%s runs in %s and not in %s\\n' ${quote(unit)} "$runs" "$wanted" >&2; exit 1; } ;;`,
    'esac',
  ].join('\n');
}
