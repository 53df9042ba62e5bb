"""Temporary names inside a folder, and removing those that a killed process left behind."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import re
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ppocr_ext.checkpoint import disk

# .tmp-<host>-<process id>-<process token>-<counter>. A process id alone can be used again (in a
# container it is nearly always the same one), so each process adds a token of its own.
_PATTERN = re.compile(r"\.tmp-([0-9a-f]{6})-(\d+)-([0-9a-f]{8})-\d+$")
_TOKEN = secrets.token_hex(4)
_COUNTER = itertools.count(1)
_IN_USE: set[str] = set()
_STALE = 24 * 3600  # seconds; no save takes a day, whoever writes it


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
    disk.rename(folder, doomed)
    _remove(doomed)


def remove_abandoned(folder: Path) -> list[str]:
    """Remove the temporary files and folders whose writer is no more; return their names."""
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
