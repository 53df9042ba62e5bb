"""Rows of PPOCRLabel's ``Label.txt``: the name of a page, a tab, its boxes in JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_WORDS = re.compile(r"true|false|null")


def parse_row(row: str) -> tuple[str, list[dict[str, Any]]]:
    """The name as it is written, and the boxes with all their keys. Raises ValueError."""
    name, tab, text = row.rstrip("\r\n").partition("\t")
    boxes = json.loads(text) if tab else None
    if not isinstance(boxes, list) or not all(isinstance(box, dict) for box in boxes):
        raise ValueError("no list of boxes behind a tab")
    return name, boxes


def write_row(name: str, boxes: Iterable[dict[str, Any]]) -> str:
    """A row with its line break, as PPOCRLabel's loader needs it.

    It replaces ``true``, ``false`` and ``null`` in all of the row and evaluates that, so inside of
    strings their first letter is written by its number, which JSON reads as the same.
    """
    text = json.dumps(list(boxes), ensure_ascii=False)
    return f"{name}\t{_STRING.sub(lambda found: _WORDS.sub(_numbered, found[0]), text)}\n"


def _numbered(word: re.Match[str]) -> str:
    return f"\\u{ord(word[0][0]):04x}{word[0][1:]}"


def new_box(text: str, corners: Iterable[Sequence[float]]) -> dict[str, Any]:
    """A box as PPOCRLabel makes one: whole pixels, no tab in the text."""
    points = [[round(float(value)) for value in point] for point in corners]
    return {"transcription": text.replace("\t", " "), "points": points, "difficult": False}
