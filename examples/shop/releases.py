#!/usr/bin/env python3
"""Make the shop's git repository: every release an annotated tag, good ones and bad ones.

    releases.py --out DIR     make a bare repository at DIR (which must not exist, or be empty)
    releases.py --list        the releases, one a line: tag, good or bad, what it is

`app/` is v1.0.0, `releases/<tag>/` what each other release changes: see ../tagged_releases.py.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent))

import tagged_releases  # noqa: E402

FIRST = {"tag": "v1.0.0", "branch": "main", "date": "2026-01-05T09:00:00+00:00", "summary": "the shop opens"}

if __name__ == "__main__":
    sys.exit(tagged_releases.main(tagged_releases.Example(HERE, "Shop Team <team@shop.test>", FIRST)))
