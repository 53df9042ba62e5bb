"""``pages.jsonl``: what an import holds page by page, to continue from and to export again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ppocr_ext.data.split import number_of
from ppocr_ext.files import sync

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


def row_of(entry: dict[str, Any]) -> bytes:
    """ASCII, as names and texts may hold halves of letters."""
    return json.dumps(entry).encode("ascii") + b"\n"


def offsets_of(path: Path, first: dict[str, Any]) -> dict[int, int]:
    """Number of a page → where its newest row begins. A row that a kill tore is cut off; an empty
    file gets its first row."""
    offsets: dict[int, int] = {}
    with open(path, "a+b") as stream:
        stream.seek(0)
        end = 0
        for row in stream:
            try:
                key = json.loads(row).get("key")
            except (ValueError, AttributeError):
                break
            if not row.endswith(b"\n"):
                break
            if end and key is not None:
                offsets[number_of(key)] = end
            end += len(row)
        stream.truncate(end)
        if not end:
            stream.write(row_of(first))
            sync(stream)
    return offsets


def entry_at(path: Path, offset: int) -> dict[str, Any]:
    """The row that begins there."""
    with open(path, "rb") as stream:
        stream.seek(offset)
        return dict(json.loads(stream.readline()))
