"""``pages.jsonl``: what an import holds page by page, to continue from and to export again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ppocr_ext.importing.page import Damage, Line, Page, Source

PAGES = "pages.jsonl"
KIND = "ppocr_ext import 1"


def header_of(path: Path) -> dict[str, Any]:
    """The first row: kind, source, root. Empty for a file that is no import's."""
    try:
        with open(path, "rb") as stream:
            found = json.loads(stream.readline(1 << 16))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("kind") == KIND else {}


def is_own(path: Path) -> bool:
    """Whether a file is an import's ``pages.jsonl``."""
    return bool(header_of(path))


def read_own(source: Source) -> Iterator[Page | Damage]:
    """The pages of an import, with what was left out, as the labels had it."""
    root = Path(header_of(source.path)["root"])
    with open(source.path, encoding="utf-8") as stream:
        stream.readline()
        for number, row in enumerate(stream, 2):
            place = f"{source.name}:{number}"
            entry = json.loads(row)
            if not entry["page"]:
                yield Damage(place, "its pictures stood in a database: import that one again")
                continue
            lines = [
                Line(
                    tuple(map(tuple, each["quad"] or ())),
                    each["text"],
                    each.get("mark", ""),
                    _direction(each["quad"]),
                    str(each["line"]),
                )
                for each in entry["lines"]
            ]
            yield Page(
                (str(root / entry["page"]),),
                lines,
                place,
                root,
                part=entry["part"],
                is_crop=entry["is_crop"],
            )


def _direction(quad: list[list[float]] | None) -> tuple[float, float] | None:
    if not quad:
        return None
    return quad[1][0] - quad[0][0], quad[1][1] - quad[0][1]
