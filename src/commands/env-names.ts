import { quote, sh, type RemoteCommand } from './remote-command';
import { python } from './migrations';

const NAMES = `import json, re, sys
env, wanted = json.loads(sys.argv[1])
def lines(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read().splitlines()
try:
    needed = [line.split("#")[0].strip() for line in lines(wanted)]
    there = set()
    for line in lines(env):
        match = re.match(r"\\s*(?:export\\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$", line)
        if match and match.group(2).strip().strip("'\\""):
            there.add(match.group(1))
except OSError as error:
    sys.exit("%s cannot be read: %s" % (error.filename, error.strerror))
missing = [name for name in needed if name and name not in there]
if missing:
    sys.exit("%s lacks %s, which the release needs" % (env, ", ".join(missing)))
print("all %d names that the release needs are there" % len([name for name in needed if name]))
`;

/** Fails with the NAMES that a file of the release lists, one a line, and that the environment file lacks or leaves empty; never a value. */
export function names(environment: string, required: string): RemoteCommand {
  return sh([`[ -f ${quote(required)} ] || { echo ${quote(`the release has no ${required}, the file that env.required_from names`)} >&2; exit 1; }`, python(NAMES, [environment, required])]);
}
