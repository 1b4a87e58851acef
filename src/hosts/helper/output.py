"""What a task wrote: bounded on the disk, its end for people, its digest for comparison."""
import ctypes
import hashlib
import os

TAIL = 2000
MAX = 64 * 1024 * 1024
KEPT_HEAD = 1024 * 1024
_PUNCH_HOLE = 3  # FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE


def tail(path):
    """{ tail, bytes }: at most TAIL bytes of the end, as text."""
    try:
        with open(path, "rb") as f:
            size = f.seek(0, os.SEEK_END)
            f.seek(max(0, size - TAIL))
            return {"tail": f.read(TAIL).decode("utf-8", "replace"), "bytes": size}
    except FileNotFoundError:
        return {"tail": "", "bytes": 0}


def bound(path):
    """Past MAX the middle becomes a hole: offsets stay true, the disk does not fill."""
    stat = os.stat(path)
    if stat.st_blocks * 512 > MAX:
        fd = os.open(path, os.O_WRONLY)
        try:
            length = stat.st_size - KEPT_HEAD - MAX // 2
            ctypes.CDLL(None).fallocate(fd, _PUNCH_HOLE, ctypes.c_long(KEPT_HEAD), ctypes.c_long(length))
        finally:
            os.close(fd)


def digest(path):
    """sha256 of the bytes kept; a hole is skipped, it may be far larger than the disk."""
    found = hashlib.sha256()
    fd = os.open(path, os.O_RDONLY)
    try:
        end = os.lseek(fd, 0, os.SEEK_END)
        at = 0
        while at < end:
            try:
                at = os.lseek(fd, at, os.SEEK_DATA)
            except OSError:
                break  # only a hole is left
            stop = os.lseek(fd, at, os.SEEK_HOLE)
            os.lseek(fd, at, os.SEEK_SET)
            while at < stop:
                chunk = os.read(fd, min(1 << 20, stop - at))
                if not chunk:
                    return found.hexdigest()
                found.update(chunk)
                at += len(chunk)
    finally:
        os.close(fd)
    return found.hexdigest()
