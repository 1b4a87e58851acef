import { LOOK, REVERSE } from './django-programs';
import { AS_USER, KEEP, python, SUM_UP, type Migrations } from './migrations';
import { argv, sh, type RemoteCommand } from './remote-command';

/** How `manage.py` is run: in a virtual environment, or in a container that ends with the command. */
export interface Runner {
  /** Up to and with `manage.py`. Must not need a terminal, nor wait for a service that is down on purpose. */
  readonly argv: readonly string[];
  /** Absolute. */
  readonly cwd?: string;
  /** Account; root when absent, as `docker-compose` needs it. */
  readonly user?: string;
}

/** `venv/bin/python manage.py` in a release. `project`: the directory of manage.py below it. */
export function venvRunner(release: string, user: string, project = ''): Runner {
  return { argv: [`${release}/venv/bin/python`, 'manage.py'], cwd: project ? `${release}/${project}` : release, user };
}

/** A one-off container of a service, its data services not started beside it. `compose`: `docker-compose -p notes -f …` as words. */
export function composeRunner(compose: readonly string[], cwd: string, service = 'web', project = ''): Runner {
  const at = project ? ['--workdir', project] : [];
  return { argv: [...compose, 'run', '--rm', '--no-deps', '-T', ...at, service, 'python', 'manage.py'], cwd };
}

/** Runs a program inside Django and takes its one answer, past whatever settings and apps print on their own: the answer begins with a word of this run. */
const ASK = String.raw`def ask(program, *values):
    word = "sternway-%s: " % os.urandom(16).hex()
    text = "VALUES, WORD = %r, %r\n%s" % ([json.dumps(value) for value in values], word, program)
    done = as_user(user, cwd, manage + ["shell", "-v", "0", "-c", text], stderr=subprocess.PIPE)
    said = done.stderr.decode("utf-8", "replace")
    answers = [line[len(word):] for line in done.stdout.decode("utf-8", "replace").split("\n") if line.startswith(word)]
    if done.returncode or len(answers) != 1:
        last = [line for line in said.splitlines() if line.strip()][-1:]
        sys.stderr.write(said)
        sys.exit("Django did not answer (exit %d)%s" % (done.returncode, "".join(": " + line.strip()[:300] for line in last)))
    return json.loads(answers[0])
`;

const HEAD = `import json, os, pwd, subprocess, sys
${AS_USER}${ASK}manage, user, cwd, given = json.loads(sys.argv[1])
`;

const named = (name: string, program: string): string => `${name} = r'''${program}'''\n`;

const CLASSIFY = `${HEAD}${named('LOOK', LOOK)}pending = ask(LOOK)["pending"]
${SUM_UP}`;

const UPGRADE = String.raw`${HEAD}${named('LOOK', LOOK)}code = as_user(user, cwd, manage + ["migrate", "--noinput"], stdout=None).returncode
left = [name for name, kind, description in ask(LOOK)["pending"]]
sys.stdout.flush()
if code:
    # MySQL commits each statement of a schema change: whoever decides next must know how far it came.
    sys.exit("a migration failed (migrate: %d); still pending: %s" % (code, ", ".join(left) or "none"))
if left:
    sys.exit("migrations are still pending after the upgrade: %s" % ", ".join(left))
`;

const STATE = String.raw`${HEAD}${KEEP}${named('LOOK', LOOK)}text = json.dumps(ask(LOOK)["state"], sort_keys=True)
if given:
    keep(given, text + "\n")
print(text)
`;

const BACK = String.raw`${HEAD}${named('LOOK', LOOK)}${named('REVERSE', REVERSE)}try:
    with open(given) as f:
        wanted = json.load(f)
    if not isinstance(wanted, dict):
        raise ValueError("not an object")
except (OSError, ValueError) as error:
    sys.exit("the recorded state of the migrations cannot be read from %s: %s" % (given, error))
problem = ask(REVERSE, wanted)["problem"]
if problem:
    sys.exit(problem)
now = ask(LOOK)["state"]
wrong = sorted(app for app in set(now) | set(wanted) if now.get(app) != wanted.get(app))
if wrong:
    sys.exit("after the way back these apps are not where they were: %s" % ", ".join("%s is at %s and not at %s" % (app, now.get(app, "zero"), wanted.get(app, "zero")) for app in wrong))
print("every app is at its recorded migration again")
`;

/** Django's migrations of its default database, read and moved by Django itself with the code that the runner runs. */
export function djangoMigrations(runner: Runner): Migrations {
  const run = (program: string, given: string | null = null): RemoteCommand => sh([python(program, [runner.argv, runner.user ?? null, runner.cwd ?? null, given])]);
  const options = { ...(runner.user ? { user: runner.user } : {}), ...(runner.cwd ? { cwd: runner.cwd } : {}) };
  return {
    classify: () => run(CLASSIFY),
    upgrade: () => run(UPGRADE),
    state: (to) => run(STATE, to ?? null),
    reverse: (recorded) => run(BACK, recorded),
    showPlan: () => sh([argv(...runner.argv, 'migrate', '--plan')], options),
  };
}
