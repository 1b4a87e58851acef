/**
 * Python that makes a dump count: `publish(part, to, record)` writes the record and the checksum beside it, syncs, and renames the dump last.
 * Whoever dies before leaves no dump, or one whose record differs from it and is refused.
 */
export const PUBLISH = String.raw`import time
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
