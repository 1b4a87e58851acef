/**
 * Python that makes a dump count: `publish(part, to, record)` writes the record and the checksum beside it, syncs, and renames the dump last.
 * Whoever dies before leaves no dump, or one whose record differs from it and is refused: `proved(path)` gives the record of a dump that is
 * exactly what was recorded. Needs `FRAME` and a `read_dump(path)`: each table of the file with its rows.
 */
export const RECORD = String.raw`import hashlib, time
def checksum(path):
    total = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            total.update(block)
    return total.hexdigest()
def proved(path):
    """What is recorded beside the dump, after the file was found to be exactly that."""
    try:
        with open(path + ".json") as f:
            record = json.load(f)
        bytes_, sum_, tables = record["bytes"], record["sha256"], record["tables"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Problem("what the dump %s holds is not recorded beside it: %s" % (path, error))
    if not os.path.isfile(path):
        raise Problem("there is no dump %s" % path)
    if os.path.getsize(path) != bytes_ or checksum(path) != sum_:
        raise Problem("the dump %s is damaged: its checksum differs" % path)
    if read_dump(path) != tables:
        raise Problem("the dump %s does not hold the rows that were recorded" % path)
    return record
def write_synced(path, text):
    with open(path + ".part", "w") as f:
        f.write(text)
        f.flush()
        os.fsync(f.fileno())
    os.rename(path + ".part", path)
def publish(part, to, record):
    os.chmod(part, 0o600)
    with open(part, "rb") as f:
        os.fsync(f.fileno())
    record = dict(record, bytes=os.path.getsize(part), sha256=checksum(part))
    write_synced(to + ".json", json.dumps(record, sort_keys=True) + "\n")
    write_synced(to + ".sha256", "%s  %s\n" % (record["sha256"], to))
    os.rename(part, to)
    folder = os.open(os.path.dirname(to), os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
    rows = sum(record["tables"].values())
    print("%s: %d bytes, %d tables, %d rows" % (to, record["bytes"], len(record["tables"]), rows))
def stamp():
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
`;
