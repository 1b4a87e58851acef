#!/usr/bin/env python3
"""Fetch the wheels that the shop's releases need, for hosts without a way to a package index.

    wheels.py --out DIR

Fetches for CPython 3.11 on x86-64 Linux (Debian 12), each file checked against the hash in requirements.txt.
A directory that is complete already is left alone and no index is asked.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from releases import write_trees

TARGET = ["--only-binary=:all:", "--platform=manylinux2014_x86_64", "--implementation=cp", "--python-version=3.11"]


def complete(requirements, directory):
    """Whether every hash of the requirements is that of a file in the directory."""
    wanted = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", requirements))
    return wanted <= {hashlib.sha256(path.read_bytes()).hexdigest() for path in directory.glob("*.whl")}


def main():
    parser = argparse.ArgumentParser(description="Fetch the wheels of the shop's releases.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the wheels go")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as workspace:
        trees = write_trees(Path(workspace))
        for text in sorted({(tree / "requirements.txt").read_text(encoding="utf-8") for tree in trees.values()}):
            if complete(text, out):
                continue
            listed = Path(workspace) / "requirements.txt"
            listed.write_text(text, encoding="utf-8")
            fetched = Path(workspace) / "wheels"
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                       "--require-hashes", *TARGET, "--dest", str(fetched), "--requirement", str(listed)]
            if subprocess.run(command).returncode != 0:
                print("wheels.py: pip could not fetch the wheels; see its message above", file=sys.stderr)
                return 1
            for wheel in fetched.iterdir():
                # Under its final name a wheel is always whole, also for somebody who fetches at the same time.
                shutil.copy(wheel, out / f".{wheel.name}.{os.getpid()}")
                os.replace(out / f".{wheel.name}.{os.getpid()}", out / wheel.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
