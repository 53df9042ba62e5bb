"""``pages.jsonl``: what an import holds page by page, to continue from and to export again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGES = "pages.jsonl"
_KIND = "ppocr_ext import 1"


def header(source: Path, root: Path) -> dict[str, Any]:
    """The first row."""
    return {"kind": _KIND, "source": source.as_posix(), "root": root.as_posix()}


def header_of(folder: Path) -> dict[str, Any]:
    """The first row: kind, source, root. Empty for a folder that holds no import."""
    try:
        with open(folder / PAGES, "rb") as stream:
            found = json.loads(stream.readline(1 << 16))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("kind") == _KIND else {}


def is_import(folder: Path) -> bool:
    """Whether a folder holds an import."""
    return bool(header_of(folder))


def entries_of(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of the pages."""
    with open(path, encoding="ascii") as stream:
        stream.readline()
        yield from map(json.loads, stream)


def number_of(key: str) -> int:
    """Of a page, 64 bits: a hundred thousand of them fit in memory."""
    return int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def row_of(entry: dict[str, Any]) -> bytes:
    """ASCII, as names and texts may hold halves of letters."""
    return json.dumps(entry).encode("ascii") + b"\n"


class Journal:
    """The rows of earlier runs by their key, found by offset, and new ones at the end.

    A row that a kill tore is dropped. Holds two numbers a page that is not taken yet.
    """

    def __init__(self, path: Path, first: dict[str, Any]) -> None:
        self._offsets: dict[int, int] = {}
        self._path = path
        self._stream = open(path, "a+b")  # noqa: SIM115
        self._stream.seek(0)
        end = 0
        for row in self._stream:
            try:
                key = json.loads(row).get("key")
            except (ValueError, AttributeError):
                break
            if not row.endswith(b"\n"):
                break
            if end and key is not None:
                self._offsets[number_of(key)] = end
            end += len(row)
        self._stream.truncate(end)
        self.is_new = not self._offsets
        if not end:
            self.add(first)

    def take(self, key: str) -> dict[str, Any] | None:
        """What an earlier run wrote of a page; once."""
        offset = self._offsets.pop(number_of(key), None)
        return None if offset is None else self._at(offset)

    def left(self) -> Iterator[dict[str, Any]]:
        """Rows of pages that were not taken."""
        yield from map(self._at, self._offsets.values())

    def _at(self, offset: int) -> dict[str, Any]:
        with open(self._path, "rb") as stream:  # of its own: several threads read
            stream.seek(offset)
            return dict(json.loads(stream.readline()))

    def add(self, entry: dict[str, Any]) -> None:
        """At the end, where a kill does not touch it."""
        self._stream.write(row_of(entry))
        self._stream.flush()

    def close(self) -> None:
        self._stream.close()
