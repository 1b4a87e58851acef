/**
 * `read_env(path)`: the names and values of an app's `.env`, read and never run. As python-dotenv and Compose understand it: `export`,
 * comments, quotes of both kinds with their escapes, values over several lines inside quotes; the last of several wins. Nothing is expanded.
 */
export const READ_ENV = String.raw`import re
LINE = re.compile(r"""^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\r\n]*))""", re.M | re.S)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "b": "\b", "v": "\v", "a": "\a"}
def read_env(path):
    try:
        with open(path, encoding="utf-8-sig") as f:
            text = f.read()
    except (OSError, UnicodeDecodeError) as error:
        sys.exit("%s cannot be read: %s" % (path, getattr(error, "strerror", None) or "it is not UTF-8"))
    values, at = {}, 0
    while True:
        found = LINE.search(text, at)
        if not found:
            return values
        name, single, double, plain = found.groups()
        if single is not None:
            value = re.sub(r"\\([\\'])", r"\1", single)
        elif double is not None:
            value = re.sub(r"\\(.)", lambda m: ESCAPES.get(m.group(1), m.group(1) if m.group(1) in "\\\"'$" else m.group(0)), double, flags=re.S)
        else:
            value = re.sub(r"\s+#.*$", "", plain).strip()
        values[name] = value
        # To the line's end: what follows a closing quote is a comment.
        at = text.find("\n", found.end())
        if at < 0:
            return values
def parts(env_file, connection):
    env, found = None, {}
    for part, given in connection.items():
        if "value" in given:
            found[part] = given["value"]
            continue
        env = read_env(env_file) if env is None else env
        if given["env"] not in env:
            sys.exit("%s has no %s, which names the database's %s" % (env_file, given["env"], part))
        found[part] = env[given["env"]]
    return found
`;
