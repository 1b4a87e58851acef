"""Looks for secrets where none may be. CANARIES is a JSON file { name: value }.

    canaries.py search CANARIES PATH...       in all files below: [{"secret", "place"}], the settings of the app apart
    canaries.py watch CANARIES END [ROOT]     in arguments and environments of processes, until the file END is there:
                                              {"looks", "processes", "readers", "found": [{"secret", "place"}]}, `readers`: programs of
                                              Sternway that take readings; ROOT: a process whose descendants alone are looked at
"""
import base64
import gzip
import io
import json
import os
import re
import sys
import tarfile
import time

# A token of the app's: header, claims, signature.
TOKEN = re.compile(rb"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}")
# These may hold the app's settings, which are theirs: the app's services, its containers, and the test's own S3 server.
OWN = re.compile(r"notes-(web|celery|beat)\.service|docker[-/]")
# What is read again, since a young process may yet become another program.
YOUNG = 3


def forms(value):
    """The value in every way that it might be written; halves too, since a database's page may end in its middle."""
    data = value.encode()
    whole = [data, data.hex().encode()]
    for shift in range(3):
        # The ends depend on what stands beside it.
        whole.append(base64.b64encode(b"\0" * shift + data)[4 if shift else 0:-4])
    half = len(data) // 2
    return whole + ([data[:half], data[half:]] if re.fullmatch("[0-9a-f]{24,}", value) else [])


def matches(canaries, data):
    found = [name for name, written in canaries.items() if any(form in data for form in written)]
    return found + (["a token"] if TOKEN.search(data) else [])


def contents(path):
    """Every (place, bytes) that a file holds: what is packed, unpacked."""
    with open(path, "rb") as f:
        data = f.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if data[257:262] == b"ustar":
        for member in tarfile.open(fileobj=io.BytesIO(data)):
            # The app's own settings, in a copy of its directory.
            if member.isfile() and os.path.basename(member.name) != ".env":
                yield "%s: %s" % (path, member.name), tarfile.open(fileobj=io.BytesIO(data)).extractfile(member).read()
    else:
        yield path, data


def search(canaries, paths):
    files = [os.path.join(folder, name) for path in paths for folder, _, names in os.walk(path) for name in names]
    regular = [path for path in files if os.path.isfile(path) and not os.path.islink(path)]
    return [{"secret": secret, "place": place} for path in regular for place, data in contents(path) for secret in matches(canaries, data)]


def read(pid, name):
    try:
        with open("/proc/%s/%s" % (pid, name), "rb") as f:
            return f.read()
    except OSError:  # it has ended
        return b""


def parents():
    return {pid: read(pid, "stat").rpartition(b")")[2].split()[1:2] for pid in os.listdir("/proc") if pid.isdigit()}


def descends(pid, root, of):
    while pid not in ("", "0", "1"):
        if pid == root:
            return True
        pid = of.get(pid, [b""])[0].decode() if of.get(pid) else ""
    return False


def watch(canaries, end, root=None):
    first, found, looks, seen, readers = {}, {}, 0, set(), set()
    while not os.path.exists(end):
        looks += 1
        of = parents() if root else None
        for pid in [pid for pid in os.listdir("/proc") if pid.isdigit()]:
            begun = first.setdefault(pid, time.monotonic())
            if time.monotonic() - begun > YOUNG or (root and not descends(pid, root, of)):
                continue
            seen.add((pid, begun))
            for what in ("cmdline", "environ"):
                data = read(pid, what)
                if what == "cmdline" and b"/helper\0probe\0" in data:
                    readers.add((pid, begun))
                for secret in matches(canaries, data) if data else []:
                    words = read(pid, "cmdline").replace(b"\0", b" ").decode("utf-8", "replace")
                    if not OWN.search(read(pid, "cgroup").decode()) and "versitygw" not in words:
                        found["%s in the %s of %s" % (secret, what, words[:200])] = secret
        alive = set(os.listdir("/proc"))
        for pid in [pid for pid in first if pid not in alive]:
            del first[pid]
        time.sleep(0.02)
    return {"looks": looks, "processes": len(seen), "readers": len(readers), "found": [{"secret": secret, "place": place} for place, secret in found.items()]}


what, file, *rest = sys.argv[1:]
with open(file) as f:
    CANARIES = {name: forms(value) for name, value in json.load(f).items()}
print(json.dumps(search(CANARIES, rest) if what == "search" else watch(CANARIES, *rest)))
