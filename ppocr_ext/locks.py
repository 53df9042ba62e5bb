"""One process at a time writes an output; the system frees the lock when its holder dies."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ppocr_ext.console import command_line
from ppocr_ext.errors import UserError

PATIENCE = 5.0  # seconds: so long a process that was just killed may take to be gone
_HELD: set[Any] = set()  # filelock would release one that nothing refers to any more
_FREE_BYTES = 1  # of the file, which Windows locks; who holds it is written behind them


class Lock:
    """A file that one process holds. It is removed when it is released.

    Where the file system has no locks, a process of this machine that is written in it and still
    runs counts as the holder; :attr:`missing` then says why.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.missing = ""
        self._lock: Any = None
        self._made_folder = False

    def acquire(self, patience: float = 0.0) -> bool:
        """Take it within ``patience`` seconds; ``False`` when another process holds it."""
        if not self.path.parent.exists():
            self.path.parent.mkdir(parents=True)
            self._made_folder = True
        try:
            if not self._acquire(patience):
                return False
        except (OSError, NotImplementedError, ImportError) as error:
            self.missing = getattr(error, "strerror", None) or str(error)
            if _is_alive(self._read()):
                return False
        with contextlib.suppress(OSError):
            self._write()
        return True

    def _acquire(self, patience: float) -> bool:
        import filelock

        lock = filelock.FileLock(self.path, fallback_to_soft=False, thread_local=False)
        try:
            lock.acquire(timeout=patience, poll_interval=0.05)
        except filelock.Timeout:
            return False
        self._lock = lock
        _HELD.add(lock)
        return True

    def release(self) -> None:
        """Let others take it."""
        with contextlib.suppress(OSError):  # Windows: it is open; filelock removes it there
            self.path.unlink()
        if self._lock is not None:
            self._lock.release()
            _HELD.discard(self._lock)
            self._lock = None
        if self._made_folder:
            with contextlib.suppress(OSError):  # something was written into it
                self.path.parent.rmdir()

    def holder(self) -> str:
        """The process that holds it, for people."""
        found = self._read()
        try:
            place = "" if found["host"] == socket.gethostname() else f" on {found['host']}"
            since = time.strftime("%Y-%m-%d %H:%M", time.localtime(found["since"]))
            return f"process {found['process']}{place} since {since} ({found['command']})"
        except (KeyError, TypeError, ValueError):
            return "another process"

    def _write(self) -> None:
        words = [Path(sys.argv[0]).as_posix(), *sys.argv[1:]]
        facts = {
            "process": os.getpid(),
            "host": socket.gethostname(),
            "started": _started(os.getpid()),
            "since": time.time(),
            "command": command_line(words)[:300],
        }
        with open(self.path, "r+b" if self.path.exists() else "w+b", buffering=0) as stream:
            stream.seek(_FREE_BYTES)
            stream.write(json.dumps(facts).encode())
            stream.truncate()

    def _read(self) -> dict[str, Any]:
        try:
            with open(self.path, "rb", buffering=0) as stream:
                stream.seek(_FREE_BYTES)
                found = json.loads(stream.read(1 << 16))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


@contextmanager
def only_writer(output: Path, lock: Path, cure: str) -> Iterator[None]:
    """Hold ``lock`` while ``output`` is written.

    Raises :class:`UserError` that names the process which writes it now. A file system without
    locks is a warning, not a reason to refuse.
    """
    held = Lock(lock)
    if not held.acquire(PATIENCE):
        raise UserError(
            f"{output.as_posix()} is being written by {held.holder()}",
            "one process at a time",
            cure,
        )
    if held.missing:
        print(
            f"warning: {lock.parent.as_posix()} does not support locks ({held.missing}): do not "
            f"start a second process that writes {output.as_posix()}",
            file=sys.stderr,
        )
    try:
        yield
    finally:
        held.release()


def beside(output: Path) -> Path:
    """The lock of a file, or of a folder that is replaced whole."""
    return output.with_name(f".{output.name}.lock")


def inside(folder: Path) -> Path:
    """The lock of a folder that grows."""
    return folder / ".lock"


def _is_alive(holder: dict[str, Any]) -> bool:
    """Whether the process that a lock names runs on this machine, and is not this one."""
    process = holder.get("process")
    if holder.get("host") != socket.gethostname() or process == os.getpid():
        return False
    return isinstance(process, int) and _started(process) == holder.get("started") is not None


def _started(process: int) -> float | None:
    """When a process of this machine began: its number alone may be used again."""
    with contextlib.suppress(OSError, IndexError, ValueError):  # ticks since Linux started
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
        return float(stat.rpartition(")")[2].split()[19])
    try:
        import psutil
    except ImportError:  # where only reading is installed
        return None
    try:
        return float(psutil.Process(process).create_time())
    except (psutil.Error, ValueError):
        return None
