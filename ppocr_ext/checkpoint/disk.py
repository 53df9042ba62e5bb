"""Disk operations that a crash, a full disk or a bad sector cannot turn into a wrong file."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path

from ppocr_ext.checksums import FileRecord, fingerprint
from ppocr_ext.files import rename as rename
from ppocr_ext.files import replace as replace


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
        raise OSError(errno.EIO, "the disk does not give back what was written", str(path))
    return written


def sync_folder(folder: Path) -> None:
    """Make the names inside a folder durable; Windows does so by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network and FUSE disks
            raise
    finally:
        os.close(handle)


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
