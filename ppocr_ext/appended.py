"""Rows of JSON that are only ever added, and are on the disk before anybody counts on them."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ppocr_ext.console import command_line, this_command
from ppocr_ext.errors import UserError
from ppocr_ext.files import sync_folder

Row = dict[str, Any]


class Log:
    """Rows that are only ever added. One process writes it (:func:`ppocr_ext.locks.only_writer`).

    damaged: numbers of lines in the middle that are not JSON; they stay where they are.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged: list[int] = []
        self._lock = threading.Lock()
        self._is_whole = True  # else what a failed append left behind is cut off first
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        if is_new:
            sync_folder(path.parent)
        self._size = os.fstat(self._file).st_size

    def rows(self) -> Iterator[Row]:
        """Every row from the first. A last line that was torn by a kill is cut off."""
        start = 0
        with open(self.path, "rb") as stream:
            for number, line in enumerate(stream, 1):
                row = _parsed(line)
                start += len(line)
                if row is not None:
                    yield row
                elif start >= self._size:
                    os.truncate(self._file, start - len(line))
                    self._size = start - len(line)
                else:
                    self.damaged.append(number)

    def append(self, rows: Iterable[Row]) -> None:
        """Add rows and wait for the disk; all of them, or none where that raises ``OSError``.

        Raises :class:`UserError` when another program wrote into the file.
        """
        data = "".join(
            json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows
        ).encode("utf-8", "surrogatepass")
        with self._lock:
            self._require_own()
            self._is_whole = False
            try:
                os.lseek(self._file, self._size, os.SEEK_SET)
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(self._file, rest) :]
                os.fsync(self._file)
            except OSError:
                with contextlib.suppress(OSError):
                    self._cut()
                raise
            self._size += len(data)
            self._is_whole = True

    def _require_own(self) -> None:
        if not self._is_whole:
            self._cut()
        if not self.path.exists() or self.path.stat().st_size != self._size:
            raise UserError(
                f"{self.path} was changed by another program while it was in use",
                f"{self._size} bytes, as when it was last written",
                f"end this program and start it again: {command_line(this_command())}",
            )

    def _cut(self) -> None:
        os.truncate(self._file, self._size)
        self._is_whole = True

    def close(self) -> None:
        os.close(self._file)


def _parsed(line: bytes) -> Row | None:
    try:
        row = json.loads(line.decode("utf-8", "surrogatepass"))
    except ValueError:
        return None
    return row if isinstance(row, dict) and line.endswith(b"\n") else None
