"""Rows of PPOCRLabel's ``Label.txt``: the name of a page, a tab, its boxes in JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ppocr_ext.files import read_text
from ppocr_ext.transforms.quads import quad_of

HOME = "labelling"  # label.py's folder in a folder
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_WORDS = re.compile(r"true|false|null")


def label_rows(path: Path) -> list[str]:
    """The rows of a file; none where there is no file."""
    return [*filter(str.strip, read_text(path).splitlines())] if path.is_file() else []


def confirmed_names(labels: Path) -> set[str] | None:
    """Files of the pages of ``Label.txt`` that a person confirmed; ``None``: all, as there is no
    ``fileState.txt``. Of label.py also those that are not finished: it keeps drafts apart."""
    states = labels.with_name("fileState.txt")
    boxes = label_rows(labels.parent / HOME / "boxes.jsonl")
    named = {tail(row) for row in label_rows(states)}
    named |= {tail(json.loads(row)["page"]) for row in boxes}
    return named if states.is_file() else None


def tail(row: str) -> str:
    """The file's name of a row: what goes before it changes with the machine."""
    return row.partition("\t")[0].replace("\\", "/").rpartition("/")[2]


def is_copy(path: Path) -> bool:
    """Whether PPOCRLabel, or label.py, wrote the labels of crops beside those of their pages."""
    is_own = path.parent.name == HOME and path.name in ("train.txt", "val.txt")
    home = path.parent.parent if is_own else path.parent
    return (is_own or path.name == "rec_gt.txt") and (home / "Label.txt").is_file()


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


def around(points: Sequence[Sequence[float]]) -> tuple[tuple[float, float], ...] | None:
    """Four corners as they are; of any other polygon the least rectangle around it."""
    corners: Any = [(float(x), float(y)) for x, y in points]
    if len(corners) != 4:
        found = quad_of(corners, "")
        corners = () if found is None else found.corners
    return tuple((float(x), float(y)) for x, y in np.round(corners, 1).tolist()) or None
