"""The app's `.env`, read and never run: `export`, comments, quotes with their escapes, values over several lines; the last of several wins."""
import re

from probe_verdict import Unsaid

# As src/commands/env-file.ts reads it for the database: both must find the same password.
LINE = re.compile(r"""^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\r\n]*))""", re.M | re.S)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "b": "\b", "v": "\v", "a": "\a"}


def read_env(path):
    """{ name: value }. Raises Unsaid for a file that cannot be read."""
    try:
        with open(path, encoding="utf-8-sig") as f:
            text = f.read()
    except (OSError, UnicodeDecodeError) as error:
        raise Unsaid("%s cannot be read: %s" % (path, getattr(error, "strerror", None) or "it is not UTF-8"))
    values, at = {}, 0
    while True:
        found = LINE.search(text, at)
        if not found:
            return values
        values[found.group(1)] = _value(found)
        # To the line's end: what follows a closing quote is a comment.
        at = text.find("\n", found.end())
        if at < 0:
            return values


def _value(found):
    _, single, double, plain = found.groups()
    if single is not None:
        return re.sub(r"\\([\\'])", r"\1", single)
    if double is not None:
        return re.sub(r"\\(.)", lambda m: ESCAPES.get(m.group(1), m.group(1) if m.group(1) in "\\\"'$" else m.group(0)), double, flags=re.S)
    return re.sub(r"\s+#.*$", "", plain).strip()


def named(path, name):
    """The value of one name. Raises Unsaid when it is missing or empty; the value itself is never in a sentence."""
    value = read_env(path).get(name)
    if not value:
        raise Unsaid("%s has no %s" % (path, name))
    return value


def wanted(value, is_env):
    """Every NAME of an `{ env: NAME }` in a document."""
    if isinstance(value, dict):
        return {value["env"]} if is_env(value) else set().union(*[wanted(item, is_env) for item in value.values()]) if value else set()
    return set().union(*[wanted(item, is_env) for item in value]) if isinstance(value, list) and value else set()
