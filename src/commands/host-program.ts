/** The frame of our longer Python programs for hosts: one JSON document in, `Problem` for what a person should read, never a traceback for it. */
export const FRAME = String.raw`import json, os, re, shutil, subprocess, sys, tempfile
class Problem(Exception):
    pass
def last_line(text):
    lines = [line.strip() for line in text.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:400] if lines else "no word about why"
def program(*names):
    found = [path for path in map(shutil.which, names) if path]
    if not found:
        raise Problem("%s is not installed here" % " or ".join(names))
    return found[0]
given = json.loads(sys.argv[1])
`;

/** The lines as `main`, run. A missing file, a full disk and the like become a sentence, too. */
export function main(lines: string): string {
  return String.raw`def main():
${lines.trim().split('\n').map((line) => (line ? `    ${line}` : line)).join('\n')}
try:
    main()
except Problem as problem:
    sys.exit(str(problem))
except OSError as error:
    sys.exit("%s: %s" % (error.filename or "the database's programs", error.strerror or error))
`;
}
