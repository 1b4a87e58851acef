import { argv, quote, sh, type RemoteCommand } from './remote-command';

/** How an app's schema moves, whatever its tool: always with the new release's code, which alone knows the way in both directions. */
export interface Migrations {
  /** A line for each pending migration, `name kind what it does`, then `schema: none | additive | reversible | irreversible`, the worst of them. */
  classify(): RemoteCommand;
  /** Runs the upgrade once, then insists that nothing is pending. Never repeated by itself: half a migration is for a person or the way back. */
  upgrade(): RemoteCommand;
  /** Prints how far the schema is, by part, as one line of JSON (`{"app": "0003_x"}`); keeps it in the file `to` as well. Undefined: the tool cannot say. */
  state(to?: string): RemoteCommand | undefined;
  /** Takes the schema back to what `state` kept in this file and insists that it got there. Undefined: the only way back is the dump. */
  reverse(recorded: string): RemoteCommand | undefined;
  /** The pending migrations as their tool shows them, for a person. */
  showPlan(): RemoteCommand | undefined;
}

/** Migrations by commands of the app's own. */
export interface MigrationCommands {
  /** The new release's directory. */
  readonly release: string;
  readonly user: string;
  readonly upgrade: readonly string[];
  /** Prints pending migrations as JSON; absent: nothing is known of them. */
  readonly plan?: readonly string[];
  /** Prints the current revision. */
  readonly status?: readonly string[];
  /** Takes the schema back; the word `{revision}` stands for the revision to go to. */
  readonly downgrade?: readonly string[];
}

/** Sums `pending` (name, kind, description) up in a last line; a kind that nobody knows counts as irreversible. */
export const SUM_UP = `order = ["none", "additive", "reversible", "irreversible"]
worst = "none"
for revision, kind, description in pending:
    kind = kind if kind in order[1:] else "irreversible"
    print(" ".join(("%s %s %s" % (revision, kind, description)).split()))
    worst = max(worst, kind, key=order.index)
print("schema: %s" % worst)
`;

/** Keeps a text as a file that is there whole or not at all, for root alone. */
export const KEEP = `def keep(path, text):
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    fd = os.open(path + ".part", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w") as f:
        f.write(text)
        f.flush()
        os.fsync(f.fileno())
    os.rename(path + ".part", path)
`;

const CLASSIFY = `import json, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE)
if done.returncode:
    sys.exit("the plan of migrations cannot be read: exit %d" % done.returncode)
try:
    pending = [(m.get("revision"), m.get("kind"), m.get("description", "")) for m in json.loads(done.stdout.decode())]
except (ValueError, TypeError, AttributeError) as error:
    sys.exit("the plan of migrations is not a JSON list of objects: %s" % error)
${SUM_UP}`;

/** The whole output must be one word: a revision that came with a warning is none that a downgrade could be asked for. */
const REVISION = `def revision(user, cwd, status):
    done = as_user(user, cwd, status)
    words = done.stdout.decode("utf-8", "replace").split()
    if done.returncode or len(words) != 1:
        sys.exit("the revision of the schema cannot be read: exit %d, %d words" % (done.returncode, len(words)))
    return words[0]
`;

/** Root's own program, the app's commands as their account: what is kept lies where the app's account may not write. */
export const AS_USER = `def as_user(user, cwd, words, **options):
    def become():
        if user and os.getuid() == 0:
            account = pwd.getpwnam(user)
            os.initgroups(user, account.pw_gid)
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)
    env = dict(os.environ)
    if user:
        env.update(HOME=pwd.getpwnam(user).pw_dir, USER=user, LOGNAME=user)
    options.setdefault("stdout", subprocess.PIPE)
    return subprocess.run(words, cwd=cwd or "/", env=env, stdin=subprocess.DEVNULL, preexec_fn=become, **options)
`;

const STATE = `import json, os, pwd, subprocess, sys
${AS_USER}${REVISION}${KEEP}user, cwd, status, to = json.loads(sys.argv[1])
text = json.dumps({"schema": revision(user, cwd, status)})
if to:
    keep(to, text + "\\n")
print(text)
`;

const REVERSE = `import json, os, pwd, subprocess, sys
${AS_USER}${REVISION}user, cwd, status, downgrade, recorded = json.loads(sys.argv[1])
try:
    with open(recorded) as f:
        wanted = json.load(f)["schema"]
except (OSError, ValueError, KeyError, TypeError) as error:
    sys.exit("the recorded state of the schema cannot be read from %s: %s" % (recorded, error))
if revision(user, cwd, status) != wanted:
    code = as_user(user, cwd, [word.replace("{revision}", wanted) for word in downgrade], stdout=None).returncode
    if code:
        sys.exit("the schema could not be taken back to %s: exit %d" % (wanted, code))
now = revision(user, cwd, status)
if now != wanted:
    sys.exit("the schema is at %s after the way back and not at %s" % (now, wanted))
print("the schema is at %s again" % wanted)
`;

/** A program on python3's stdin with one JSON argument, for what holds lists of words. */
export function python(program: string, document: unknown): string {
  return `python3 -I - ${quote(JSON.stringify(document))} <<'PYTHON'\n${program}PYTHON`;
}

/** Migrations that a tool of the app's own makes, known by the commands of the configuration. */
export function commandMigrations(m: MigrationCommands): Migrations {
  const options = { user: m.user, cwd: m.release };
  return {
    classify: () =>
      m.plan
        ? sh([`python3 -I - ${m.plan.map(quote).join(' ')} <<'PYTHON'\n${CLASSIFY}PYTHON`], options)
        : sh(["echo 'no plan command is configured: any upgrade counts as irreversible'", "echo 'schema: irreversible'"], options),
    upgrade: () =>
      sh([argv(...m.upgrade), ...(m.plan ? [`left=$(${argv(...m.plan)})`, `[ "$(printf '%s' "$left" | tr -d ' \\n')" = '[]' ] || { printf '%s\\n' "$left" >&2; echo 'migrations are still pending after the upgrade' >&2; exit 1; }`] : [])], options),
    state: (to) => m.status && sh([python(STATE, [m.user, m.release, m.status, to ?? null])]),
    reverse: (recorded) => m.status && m.downgrade && sh([python(REVERSE, [m.user, m.release, m.status, m.downgrade, recorded])]),
    showPlan: () => m.plan && sh([argv(...m.plan)], options),
  };
}
