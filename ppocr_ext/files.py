"""Files replaced whole or not at all, text always UTF-8 with ``\\n``; pipes are written through."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ppocr_ext.errors import InUseError

STANDARD_OUTPUT = Path("/dev/stdout")  # what ``-`` means as an output, on every system
WINDOWS = os.name == "nt"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_LEFT = re.compile(r"\.(.+)\.\d+\.tmp")  # as `replacing` calls what it writes
_PAUSES = (0.01, 0.05, 0.2, 0.5, 1.0)  # seconds; scanners and readers hold files for moments
_STANDARD = {"stdin": 0, "stdout": 1, "stderr": 2}
_DESCRIPTOR = re.compile(r"/dev/(stdin|stdout|stderr)|(?:/dev|/proc/self)/fd/(\d+)")


@contextmanager
def replacing(
    path: Path,
    mode: str = "w",
    put: Callable[[Path, Path], None] | None = None,
    private: bool = False,
) -> Iterator[IO]:
    """Open a temporary file beside ``path`` that replaces it when the block succeeds.

    A failing block, a full disk or a kill leaves the old file as it was. A link stays: the file
    that it names is replaced. A pipe or a device is written through.
    ``mode`` is ``"w"`` (UTF-8 text, ``\\n``) or ``"wb"``; ``put`` replaces it (:func:`replace`);
    ``private``: nobody else may read it, at no moment (Windows goes by the folder's rights).
    """
    path = Path(path)
    if is_stream(path):
        with open_stream(path, mode) as stream:
            yield stream
        return
    path = followed(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with naming(path):
            with _open(temporary, mode, _private if private else None) as stream:
                yield stream
                sync(stream)
            (put or replace)(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """A full disk is reported with the file: the system does not say which one it was."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno in _FULL:
            error.filename = str(path)
        raise


def remove_leftovers(paths: Iterable[Path]) -> None:
    """Remove what a kill left of :func:`replacing` these files, which no other process may do now:
    one look at each folder."""
    names: dict[Path, set[str]] = {}
    for path in paths:
        names.setdefault(path.parent, set()).add(path.name)
    for folder, own in names.items():
        for left in list(folder.glob(".*.tmp")):
            match = _LEFT.fullmatch(left.name)
            if match and match[1] in own:
                left.unlink(missing_ok=True)


def sync(stream: IO) -> None:
    """Bring to the disk what was written, so that it outlives a power cut."""
    stream.flush()
    os.fsync(stream.fileno())


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


def write_text(path: Path, text: str, private: bool = False) -> None:
    """Write ``text`` as UTF-8 with ``\\n``; the old file stays until the new one is complete."""
    with replacing(path, private=private) as stream:
        stream.write(text)


def read_text(path: Path) -> str:
    """Read UTF-8 text, with or without a byte-order mark."""
    return Path(path).read_text(encoding="utf-8-sig")


def replace(source: Path, target: Path) -> None:
    """Put a finished file under its final name, over the old one.

    Raises :class:`InUseError` where another program keeps the old one open on Windows.
    """
    _patiently(os.replace, source, target, held=target)


def rename(source: Path, target: Path) -> None:
    """Move a folder to a free name, or raise :class:`FileExistsError`."""
    try:
        _patiently(os.rename, source, target, held=source)
    except OSError as error:
        if target.exists():  # POSIX says ENOTEMPTY, Windows EEXIST or EACCES
            raise FileExistsError(errno.EEXIST, "exists", str(target)) from error
        raise


def _patiently(
    operation: Callable[[Path, Path], None], source: Path, target: Path, held: Path
) -> None:
    """Windows refuses while a scanner or a reader has the file open: wait for it a little."""
    for pause in _PAUSES if WINDOWS else ():
        try:
            return operation(source, target)
        except PermissionError:
            time.sleep(pause)
    try:
        operation(source, target)
    except PermissionError as error:
        if WINDOWS and held.exists():
            raise InUseError(errno.EACCES, "open in another program", str(held)) from error
        raise


def followed(path: Path) -> Path:
    """The file that a link names, there or not; any other path as it is."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def is_stream(path: Path) -> bool:
    """Whether ``path`` is a pipe, a terminal or another device: there is nothing to replace."""
    if _DESCRIPTOR.fullmatch(path.as_posix()):
        return True
    try:
        kind = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(kind) or stat.S_ISDIR(kind))


def why_no_file(path: Path) -> str:
    """What ``path`` is instead of a file, to follow its name in a message."""
    if path.is_dir():
        return "is a folder"
    return "is a device or a pipe, not a file" if is_stream(path) else "does not exist"


def open_stream(path: Path, mode: str = "w") -> IO:
    """Open what :func:`is_stream`; a descriptor of this process is taken as it is, with its place.

    Opened again, ``/dev/stdout`` would begin at the start of the file it is redirected to.
    """
    match = _DESCRIPTOR.fullmatch(path.as_posix())
    if match is None:
        return _open(path, mode)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()  # what was printed before comes first
    number = _STANDARD[match[1]] if match[1] else int(match[2])
    return _open(os.dup(number), mode)


def _open(file: Path | int, mode: str, opener: Callable[[str, int], int] | None = None) -> IO:
    encoding, end = (None, None) if "b" in mode else ("utf-8", "\n")
    return open(file, mode, encoding=encoding, newline=end, opener=opener)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
