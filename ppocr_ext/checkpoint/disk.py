"""Disk operations that a crash, a full disk or a bad sector cannot turn into a wrong file.

Also temporary names inside a folder, and removing those that a killed process left behind.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import re
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ppocr_ext.checksums import FileRecord, fingerprint
from ppocr_ext.files import rename as rename
from ppocr_ext.files import replace as replace

# .tmp-<host>-<process id>-<process token>-<counter>. A process id alone can be used again (in a
# container it is nearly always the same one), so each process adds a token of its own.
_PATTERN = re.compile(r"\.tmp-([0-9a-f]{6})-(\d+)-([0-9a-f]{8})-\d+$")
_TOKEN = secrets.token_hex(4)
_COUNTER = itertools.count(1)
_IN_USE: set[str] = set()
_STALE = 24 * 3600  # seconds; no save takes a day, whoever writes it


def settle(path: Path, expected: FileRecord | None = None) -> FileRecord:
    """Force a finished file to the disk and prove that the disk gives the same bytes back.

    The first reading comes from the system's cache: what was written. The second comes from the
    disk, where the system lets the cache be dropped.

    Args:
        expected: what a copy must be.
    """
    written = fingerprint(path)
    if expected is not None and written != expected:
        raise OSError(errno.EIO, "the copy differs from the original", str(path))
    with open(path, "rb+") as stream:  # Windows syncs only what is open for writing
        os.fsync(stream.fileno())
        if sys.platform == "linux":
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    if fingerprint(path) != written:
        raise OSError(errno.EIO, "what was read back differs from what was written", str(path))
    return written


def link_or_copy(source: Path, target: Path, record: FileRecord, independent: bool) -> None:
    """Give a file a second name: a hard link where the disk can, else a verified copy.

    An ``independent`` one is always a copy, so that one bad sector cannot take both.
    """
    if not independent:
        try:
            os.link(source, target)
            return
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise
    shutil.copyfile(source, target)
    settle(target, record)


@contextmanager
def temporary(folder: Path) -> Iterator[Path]:
    """A free path in ``folder`` for a file or a folder, removed at the end unless it was moved.

    What cannot be removed then is taken by the next :func:`remove_abandoned`.
    """
    path = _new_path(folder)
    _IN_USE.add(path.name)
    try:
        yield path
    finally:
        _IN_USE.discard(path.name)
        _remove(path)


def discard(folder: Path) -> None:
    """Remove a folder so that no moment shows half of it under its name."""
    doomed = _new_path(folder.parent)
    rename(folder, doomed)
    _remove(doomed)


def remove_abandoned(folder: Path) -> list[str]:
    """Remove the temporary files and folders whose writer has ended; return their names."""
    if not folder.is_dir():
        return []
    abandoned = [path for path in folder.glob(".tmp-*") if _is_abandoned(path)]
    for path in abandoned:
        _remove(path)
    return [path.name for path in abandoned]


def _is_abandoned(path: Path) -> bool:
    match = _PATTERN.match(path.name)
    if match is None:
        return False  # not ours
    host, process, token = match.group(1), int(match.group(2)), match.group(3)
    try:
        if time.time() - path.stat().st_mtime > _STALE:
            return True
    except OSError:
        return False  # its writer has just finished
    if host != _host():
        return False  # a network disk: that process cannot be asked
    if process == os.getpid():
        return token != _TOKEN or path.name not in _IN_USE
    import psutil

    return not psutil.pid_exists(process)


def _new_path(folder: Path) -> Path:
    return folder / f".tmp-{_host()}-{os.getpid()}-{_TOKEN}-{next(_COUNTER)}"


def _remove(path: Path) -> None:
    """Remove a file or a folder with all it holds; what cannot be removed stays."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        return
    with contextlib.suppress(OSError):  # open on Windows, or the disk is read-only
        path.unlink(missing_ok=True)


def _host() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:6]
