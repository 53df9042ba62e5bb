"""Lines kept decoded, at the training height, in one memory-mapped file beside their labels.

An entry belongs to an image's path and holds for the file's content, by its digest. Filling the
cache again opens only files that are new or whose size or times have changed, and decodes only new
content, so it can be interrupted, shared by several label files and by several processes that fill
it together.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import platform
import random
import struct
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import cv2
import lmdb
import numpy as np

from ppocr_ext.transforms.image import UnreadableImage, decode_image, read_encoded
from ppocr_ext.transforms.resize import resize_to_height

_CHUNK = 256  # images of one task and one transaction
_DIGEST_BYTES = 16
# An entry: the file's stamp (see _stamp) and digest, the line's width, and its channels: 3, 1 where
# the three are equal, 0 when unreadable; then the pixels, or the reason in UTF-8.
_STAMP = struct.Struct("<qqq")
_HEAD = struct.Struct(f"<{_STAMP.size}s{_DIGEST_BYTES}sHB")
_TELL_SECONDS = 10
_FIRST_MAP = 1 << 26
_KEY_BYTES = 16

logger = logging.getLogger(__name__)


class LineCache:
    """Images of ``data_dir`` at one height, by relative path. Cheap to send to a worker."""

    def __init__(self, folder: Path, data_dir: Path, height: int, max_width: int) -> None:
        place = f"{data_dir.resolve()}{_machine()}"
        place = hashlib.blake2b(place.encode(), digest_size=6).hexdigest()
        self.folder = folder / f"decoded-{height}x{max_width}-{place}.lmdb"
        self.data_dir, self.height, self.max_width = data_dir, height, max_width

    def image(self, path: str) -> np.ndarray:
        """``uint8 [height, W, 3]`` BGR; raises :class:`UnreadableImage`."""
        with self._transaction() as transaction:
            data = transaction.get(_key(path))
            if data is None:
                raise UnreadableImage("not in the cache")
            *_, width, channels = _HEAD.unpack_from(data)
            body = data[_HEAD.size :]
            if channels == 0:
                raise UnreadableImage(bytes(body).decode("utf-8"))
            pixels = np.frombuffer(body, dtype=np.uint8).reshape(self.height, width, channels)
            # A copy either way: the map's memory is valid within the transaction only.
            return cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR) if channels == 1 else pixels.copy()

    def widths(self, paths: Iterable[str]) -> np.ndarray:
        """``int32 [N]`` width of each path's line; 0: unreadable, or not in the cache."""
        with self._transaction() as transaction:
            found = (transaction.get(_key(path)) for path in paths)
            widths = (0 if data is None else _HEAD.unpack_from(data)[-2] for data in found)
            return np.fromiter(widths, dtype=np.int32)

    def fill(self, paths: Iterable[str], threads: int | None = None) -> int:
        """Decode the images that are missing or have changed; returns how many files were read.

        Raises ``OSError`` (see :func:`ppocr_ext.errors.disk_error`) when the disk is full.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        stale = self._stale(paths)
        if not stale:
            return 0
        threads = threads or os.cpu_count() or 1  # decoding and resizing release the lock
        chunks = [stale[start : start + _CHUNK] for start in range(0, len(stale), _CHUNK)]
        # Processes that fill one cache together meet other chunks first, and so help each other.
        random.Random(os.getpid()).shuffle(chunks)
        told = time.monotonic()
        done = read = 0
        with ThreadPoolExecutor(threads) as pool:
            for start in range(0, len(chunks), 2 * threads):  # bounds what is held in memory
                for entries in pool.map(self._read, chunks[start : start + 2 * threads]):
                    self._write(entries)
                    read += len(entries)
                done += sum(map(len, chunks[start : start + 2 * threads]))
                if time.monotonic() - told > _TELL_SECONDS:
                    logger.info("cached %d of %d images in %s", done, len(stale), self.folder)
                    told = time.monotonic()
        return read

    def _stale(self, paths: Iterable[str]) -> list[str]:
        """Those of ``paths`` that have no entry, or one of an older file."""
        with self._transaction() as transaction:
            return [
                path
                for path in dict.fromkeys(paths)
                if (data := transaction.get(_key(path))) is None
                or _HEAD.unpack_from(data)[0] != _stamp(self.data_dir / path)
            ]

    def _read(self, paths: Sequence[str]) -> list[tuple[bytes, bytes]]:
        """Keys and values of those paths that no other process has entered meanwhile."""
        return [(_key(path), self._entry(path)) for path in self._stale(paths)]

    def _entry(self, path: str) -> bytes:
        stamp, digest = _stamp(self.data_dir / path), b""
        try:
            encoded = read_encoded(self.data_dir / path)
            digest = hashlib.blake2b(encoded, digest_size=_DIGEST_BYTES).digest()
            known = self._known(path, digest)
            if known is not None:
                return stamp + known[len(stamp) :]
            image = resize_to_height(decode_image(encoded), self.height, self.max_width)
        except UnreadableImage as error:
            return _HEAD.pack(stamp, digest, 0, 0) + str(error).encode("utf-8")
        blue, green, red = cv2.split(image)
        if np.array_equal(blue, green) and np.array_equal(green, red):
            return _HEAD.pack(stamp, digest, image.shape[1], 1) + blue.tobytes()
        return _HEAD.pack(stamp, digest, image.shape[1], 3) + image.tobytes()

    def _known(self, path: str, digest: bytes) -> bytes | None:
        """The path's entry if it is of that content."""
        with self._transaction() as transaction:
            data = transaction.get(_key(path))
            if data is None or _HEAD.unpack_from(data)[1] != digest:
                return None
            return bytes(data)

    def _write(self, entries: Sequence[tuple[bytes, bytes]]) -> None:
        while entries:
            try:
                with self._transaction(write=True) as transaction:
                    for key, value in entries:
                        transaction.put(key, value)
                return
            except lmdb.MapFullError:
                environment = _open(str(self.folder))
                environment.set_mapsize(2 * environment.info()["map_size"])
            except lmdb.DiskError as error:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.folder)) from error

    def _transaction(self, write: bool = False) -> lmdb.Transaction:
        environment = _open(str(self.folder))
        try:
            return environment.begin(write=write, buffers=True)
        except lmdb.MapResizedError:  # another process has made it larger
            environment.set_mapsize(0)
            return environment.begin(write=write, buffers=True)


def _machine() -> str:
    """The name of this machine where a run has several: LMDB must not be shared between them."""
    return platform.node() if int(os.environ.get("PADDLE_NNODES", "1")) > 1 else ""


def _stamp(path: Path) -> bytes:
    """Size and times of a file: its content is looked at again when one differs. The second time
    is that of the last change on Linux, whatever a copying program sets the first to."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):  # ValueError: a null character in the path
        return _STAMP.pack(-1, -1, -1)
    return _STAMP.pack(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _key(path: str) -> bytes:
    return hashlib.blake2b(path.encode("utf-8"), digest_size=_KEY_BYTES).digest()


@cache
def _open(folder: str) -> lmdb.Environment:
    """The database, opened once per process, as LMDB demands. Its folder is there: LMDB makes
    none on Windows that has Vietnamese letters in its path."""
    data = Path(folder) / "data.mdb"
    size = max(_FIRST_MAP, data.stat().st_size if data.exists() else 0)
    return lmdb.open(
        folder, map_size=size, create=False, readahead=False, meminit=False, metasync=False
    )
