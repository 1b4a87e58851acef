import { READ_ENV } from './env-file';
import { quote, sh, stop, type RemoteCommand } from './remote-command';
import { python } from './migrations';

const NAMES = `import json, sys
${READ_ENV}env, wanted = json.loads(sys.argv[1])
try:
    with open(wanted, encoding="utf-8", errors="replace") as f:
        needed = [line.split("#")[0].strip() for line in f.read().splitlines()]
except OSError as error:
    sys.exit("%s cannot be read: %s" % (error.filename, error.strerror))
there = read_env(env)
missing = [name for name in needed if name and not there.get(name)]
if missing:
    sys.exit("%s lacks %s, which the release needs" % (env, ", ".join(missing)))
print("all %d names that the release needs are there" % len([name for name in needed if name]))
`;

/** Fails with the NAMES that a file of the release lists, one a line, and that the environment file lacks or leaves empty; never a value. */
export function names(environment: string, required: string): RemoteCommand {
  return sh([`[ -f ${quote(required)} ] || ${stop(`the release has no ${required}, the file that env.required_from names`, 1)}`, python(NAMES, [environment, required])]);
}
