import { argv, quote, sh, type RemoteCommand } from './remote-command';

export interface Migrations {
  /** The new release's directory: the schema always moves with the new code. */
  readonly release: string;
  readonly user: string;
  readonly upgrade: readonly string[];
  /** Prints pending migrations as JSON; absent: nothing is known of them. */
  readonly plan?: readonly string[];
  readonly status?: readonly string[];
}

/** Reads the pending migrations and sums them up in a last line `schema: none | additive | reversible | irreversible`. */
const CLASSIFY = `import json, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE)
if done.returncode:
    sys.exit("the plan of migrations cannot be read: exit %d" % done.returncode)
try:
    pending = [(m.get("revision"), m.get("kind"), m.get("description", "")) for m in json.loads(done.stdout.decode())]
except (ValueError, TypeError, AttributeError) as error:
    sys.exit("the plan of migrations is not a JSON list of objects: %s" % error)
order = ["none", "additive", "reversible", "irreversible"]
worst = "none"
for revision, kind, description in pending:
    kind = kind if kind in order[1:] else "irreversible"
    print(" ".join(("%s %s %s" % (revision, kind, description)).split()))
    worst = max(worst, kind, key=order.index)
print("schema: %s" % worst)
`;

/** For a person and for the way back: what the upgrade will do, and whether it could be undone under traffic. */
export function classify(m: Migrations): RemoteCommand {
  const options = { user: m.user, cwd: m.release };
  if (!m.plan) return sh(["echo 'no plan command is configured: any upgrade counts as irreversible'", "echo 'schema: irreversible'"], options);
  return sh([`python3 -I - ${m.plan.map(quote).join(' ')} <<'PYTHON'\n${CLASSIFY}PYTHON`], options);
}

/** Runs the upgrade once, then insists that nothing is pending. */
export function upgrade(m: Migrations): RemoteCommand {
  return sh(
    [argv(...m.upgrade), ...(m.plan ? [`left=$(${argv(...m.plan)})`, `[ "$(printf '%s' "$left" | tr -d ' \\n')" = '[]' ] || { printf '%s\\n' "$left" >&2; echo 'migrations are still pending after the upgrade' >&2; exit 1; }`] : [])],
    { user: m.user, cwd: m.release },
  );
}
