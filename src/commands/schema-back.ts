import { argv, quote, sh, type RemoteCommand } from './remote-command';

export interface SchemaBack {
  /** File with the kind that the pending migrations were found to have. */
  readonly kind: string;
  /** There when the upgrade came to its end; half an upgrade cannot be reversed. */
  readonly migrated: string;
  /** There when the new release was started: from then on its workers may have done users' tasks. */
  readonly started: string;
  /** There when users were let in: from then on only reversing keeps what they wrote. */
  readonly opened: string;
  readonly reverse: RemoteCommand | undefined;
  readonly restore: RemoteCommand;
  /** A restore before users were let in is as quick as reversing, and exact to the byte. */
  readonly restoreIsCheap: boolean;
}

/**
 * The schema back where it was, by exactly one of two ways, and said which. Additive changes are reversed with the new code, which loses
 * nothing. Others may have rewritten rows, which reversing does not bring back: until the release is started the dump does, to the byte;
 * from then on it would lose what was written since, and reversing is the way. A reverse that fails leaves half of it: then the dump is.
 */
export function schemaBack({ kind, migrated, started, opened, reverse, restore, restoreIsCheap }: SchemaBack): RemoteCommand {
  const keepsMore = restoreIsCheap ? `[ -e ${quote(opened)} ]` : `{ [ "$kind" != reversible ] || [ -e ${quote(started)} ]; }`;
  const first = reverse
    ? [
        `kind=$(cat ${quote(kind)} 2>/dev/null || echo irreversible)`,
        `if [ -e ${quote(migrated)} ] && [ "$kind" != irreversible ] && ${keepsMore}; then`,
        // A process of its own: in a condition, this shell would go on after a failing line of it.
        `  if ${asRoot(reverse)}; then`,
        `    rm -f ${quote(migrated)}`,
        "    echo 'the schema is back: reversed with the code of the new release'",
        '    exit 0',
        '  fi',
        "  echo 'reversing failed; the dump is restored instead' >&2",
        'fi',
      ]
    : [];
  return sh([...first, asRoot(restore), `rm -f ${quote(migrated)}`, "echo 'the schema is back: the dump was restored into an empty place'"]);
}

const KINDS = ['none', 'additive', 'reversible', 'irreversible'];

/** A command whose end, when it went well, leaves a mark of root's. */
export function marking(command: RemoteCommand, mark: string): RemoteCommand {
  const folder = `mkdir -p ${quote(mark.slice(0, mark.lastIndexOf('/')))}`;
  if (command.user || command.cwd) return sh([folder, asRoot(command), `touch ${quote(mark)}`]);
  return { ...command, script: `${command.script}${folder}\ntouch ${quote(mark)}\n` };
}

/**
 * The classification, its verdict kept in a file of root's for the way back as well. The app's programs never hold our own output: what they
 * say is shown indented, above the verdict, which is the last line and ours alone.
 */
export function keepingKind(command: RemoteCommand, file: string): RemoteCommand {
  const noise = quote(`${file}.said`);
  // With a line end where the last line lacks one.
  const indented = "sed -e 's/^/  /' -e '$a\\'";
  return sh([
    `mkdir -p ${quote(file.slice(0, file.lastIndexOf('/')))}`,
    `if said=$(${asRoot(command)} 2> ${noise}); then failed=0; else failed=$?; fi`,
    // On failure its own last words come last, for they are the sentence that people get.
    `if [ "$failed" != 0 ]; then printf '%s\\n' "$said" | sed 's/^/  /'; ${indented} ${noise} >&2; rm -f ${noise}; exit "$failed"; fi`,
    `${indented} ${noise} >&2`,
    `rm -f ${noise}`,
    `printf '%s\\n' "$said" | sed -e '$d' -e 's/^/  /'`,
    `kind=$(printf '%s\\n' "$said" | tail -n 1)`,
    `case "$kind" in ${KINDS.map((kind) => `'schema: ${kind}'`).join(' | ')}) ;; *) echo 'the pending migrations were not classified: there is no verdict' >&2; exit 1 ;; esac`,
    `printf '%s\\n' "$said" | sed '$d' > ${quote(`${file}.pending`)}`,
    `printf '%s\\n' "\${kind#schema: }" > ${quote(`${file}.part`)}`,
    `mv -fT ${quote(`${file}.part`)} ${quote(file)}`,
    `printf '%s\\n' "$kind"`,
  ]);
}

/** Fails when the pending migrations are worse than somebody has accepted, and says which they are. `classified`: file that `keepingKind` wrote. */
export function accepted(classified: string, most: string): RemoteCommand {
  const good = KINDS.slice(0, KINDS.indexOf(most) + 1).join('|');
  return sh([
    `kind=$(cat ${quote(classified)})`,
    `which=$(sed -n "s/^\\([^ ]*\\) $kind\\( .*\\|\\)$/\\1/p" ${quote(`${classified}.pending`)} | head -n 5 | tr '\\n' ' ')`,
    `case "$kind" in ${good}) echo "migrations: $kind, and ${most} is accepted" ;; *) echo "the pending migrations are $kind, and only ${most} ones are accepted without a word\${which:+; $kind: \${which% }}; look at what they do, then deploy with --accept $kind" >&2; exit 1 ;; esac`,
  ]);
}

/** The command as a line of a script of root's: in a process of its own, as its account, in its directory. */
export function asRoot({ script, user, cwd }: RemoteCommand): string {
  const there = cwd ? `cd ${quote(cwd)}\n${script}` : script;
  if (!user) return argv('sh', '-c', there);
  return `${argv('runuser', '-u', user, '--', 'env')} HOME="$(getent passwd ${quote(user)} | cut -d: -f6)" ${argv(`USER=${user}`, `LOGNAME=${user}`, 'sh', '-c', there)}`;
}
