"""Every way of taking one line out of a Python file that leaves a program, and another one: JSON, [{ line, how, source }]."""
import ast
import json
import re
import sys


def tree(source):
    try:
        return ast.dump(without_docstrings(ast.parse(source)))
    except (SyntaxError, ValueError):
        return None


def without_docstrings(module):
    """Nor `pass`: what stands there does nothing."""
    for node in ast.walk(module):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and isinstance(body[0].value.value, str):
            body.pop(0)
        body[:] = [one for one in body if not isinstance(one, ast.Pass)]
    return module


def ways(line):
    """(how, what stands there then; None: nothing)"""
    indent = re.match(r"\s*", line).group()
    yield "deleted", None
    yield "pass", indent + "pass"
    opens = re.match(r"\s*(if|elif|while)\b.*:(\s*#.*)?$", line)
    if opens:
        yield "always", "%s%s True:" % (indent, "if" if opens.group(1) == "while" else opens.group(1))


def mutants(source):
    lines, before = source.split("\n"), tree(source)
    for number, line in enumerate(lines):
        if not line.strip() or line.strip().startswith("#"):
            continue
        for how, instead in ways(line):
            broken = "\n".join(lines[:number] + ([] if instead is None else [instead]) + lines[number + 1:])
            after = tree(broken)
            if after is not None and after != before:
                yield {"line": number + 1, "how": how, "source": broken}
                break


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        json.dump(list(mutants(file.read())), sys.stdout)
