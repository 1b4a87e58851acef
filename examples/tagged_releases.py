"""An example app's git repository: every release an annotated tag, good ones and bad ones.

`app/` beside the calling releases.py is the first release. Every other one is a folder `releases/<tag>/` with
    release.json   {"from": tag, "branch"?: name, "date": ISO, "good": bool, "summary": text}
    change.patch   what it changes in the release it comes from
    files/         files it adds or replaces
VERSION is written here. Authors and dates are fixed, so commit ids are the same everywhere.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

# Nothing of the caller's git (a hook's GIT_DIR, a personal configuration) may reach the result.
GIT_ENV = {**{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
           "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}


class Example:
    """`home`: the example's directory; `first`: {tag, branch, date, summary} of what app/ is."""

    def __init__(self, home, author, first):
        self.home = home
        self.author = author
        self.first = {"from": None, "good": True, **first}

    def catalogue(self):
        """The releases as dicts {tag, from, branch, date, good, summary}, each after the one it comes from."""
        found = [self.first]
        for path in sorted(self.home.glob("releases/*/release.json")):
            tag = path.parent.name
            found.append({"tag": tag, "branch": f"releases/{tag}", **json.loads(path.read_text(encoding="utf-8"))})
        return sorted(found, key=lambda release: release["date"])

    def tree_of(self, release, earlier, into):
        """Write the release's files to `into`; `earlier` maps a tag to its directory."""
        if release["from"] is None:
            shutil.copytree(self.home / "app", into, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copytree(earlier[release["from"]], into)
            folder = self.home / "releases" / release["tag"]
            if (folder / "files").is_dir():
                shutil.copytree(folder / "files", into, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
            if (folder / "change.patch").exists():
                # Inside another repository's work tree git would apply the patch to nothing, and say so nowhere.
                env = {**GIT_ENV, "GIT_CEILING_DIRECTORIES": str(into.parent)}
                subprocess.run(["git", "apply", "--whitespace=nowarn", str(folder / "change.patch")],
                               cwd=into, env=env, check=True)
        (into / "VERSION").write_text(release["tag"] + "\n", encoding="utf-8")

    def write_trees(self, workspace):
        """Every release's files in a directory of its own: {tag: path}, oldest first."""
        trees = {}
        for release in self.catalogue():
            trees[release["tag"]] = workspace / release["tag"]
            self.tree_of(release, trees, trees[release["tag"]])
        return trees

    def stream(self, trees):
        """The repository in the format of `git fast-import`."""
        marks = {}
        for number, release in enumerate(self.catalogue(), start=1):
            tag, tree = release["tag"], trees[release["tag"]]
            marks[tag] = number
            when = f"{int(datetime.fromisoformat(release['date']).timestamp())} +0000"
            message = release["summary"][0].upper() + release["summary"][1:] + "\n"
            yield f"commit refs/heads/{release['branch']}\nmark :{number}\n"
            yield f"author {self.author} {when}\ncommitter {self.author} {when}\n{data(message.encode())}"
            if release["from"]:
                yield f"from :{marks[release['from']]}\n"
            yield "deleteall\n"
            for path in sorted(path for path in tree.rglob("*") if path.is_file()):
                yield f"M 100644 inline {path.relative_to(tree).as_posix()}\n"
                yield data_bytes(path.read_bytes())
            note = f"Release {tag} - {release['summary']}\n"
            yield f"tag {tag}\nfrom :{number}\ntagger {self.author} {when}\n{data(note.encode())}"
        yield "done\n"

    def make(self, out):
        """Make the bare repository `out`."""
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(out)], env=GIT_ENV, check=True)
        with tempfile.TemporaryDirectory() as workspace:
            trees = self.write_trees(Path(workspace))
            content = b"".join(part if isinstance(part, bytes) else part.encode() for part in self.stream(trees))
        subprocess.run(["git", "-C", str(out), "fast-import", "--quiet", "--done"], input=content, env=GIT_ENV, check=True)


def data(content):
    return f"data {len(content)}\n{content.decode()}\n"


def data_bytes(content):
    return b"data %d\n%s\n" % (len(content), content)


def main(example):
    """The command line of a releases.py; returns its exit code."""
    parser = argparse.ArgumentParser(description="Make the example's git repository.")
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--out", type=Path, metavar="DIR", help="where the bare repository goes")
    chosen.add_argument("--list", action="store_true", help="print the releases")
    options = parser.parse_args()
    if options.list:
        for release in example.catalogue():
            print(f"{release['tag']}\t{'good' if release['good'] else 'bad'}\t{release['summary']}")
        return 0
    if options.out.exists() and (not options.out.is_dir() or any(options.out.iterdir())):
        print(f"releases.py: {options.out} is not an empty directory; remove it or name another", file=sys.stderr)
        return 2
    example.make(options.out)
    return 0
