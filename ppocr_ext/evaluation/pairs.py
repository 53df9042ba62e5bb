"""Predictions and labels of the same lines, ours or another engine's."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ppocr_ext.data.labels import read_labels
from ppocr_ext.errors import UserError


class Pair(NamedTuple):
    """image: path as the label file writes it; confidence: 0..1, None when not told."""

    image: str
    truth: str
    prediction: str
    confidence: float | None = None


class Pairs(NamedTuple):
    """Every line of the label file; missing: how many of them nothing was predicted for (they
    count as read empty); unused: predictions of no labelled line."""

    lines: list[Pair]
    missing: int
    unused: int


def read_pairs(predictions: Path, labels: Path) -> Pairs:
    """Join both files by the images' paths, else by their names where those are unique.

    Predictions are ``path<TAB>text[<TAB>confidence]``, JSON lines (image, text, confidence) or CSV
    with a header (image, text, confidence), as ``tools/infer_rec.py`` and others write them. The
    truth stays as it is written. Raises :class:`UserError` when no line fits.
    """
    if not labels.is_file():
        raise UserError(f"label file {labels} does not exist", "path<TAB>text lines", "check --gt")
    if not predictions.is_file():
        raise UserError(
            f"prediction file {predictions} does not exist", "path<TAB>text lines", "check --pred"
        )
    read = {_clean(image): (text, confidence) for image, text, confidence in _rows(predictions)}
    by_name = _unique_names(read)
    lines, missing, used = [], 0, set()
    for label in read_labels(labels, labels.parent):
        image = _clean(label.path)
        key = image if image in read else by_name.get(PurePosixPath(image).name)
        if key is None:
            missing += 1
            lines.append(Pair(label.path, label.text, ""))
            continue
        used.add(key)
        lines.append(Pair(label.path, label.text, *read[key]))
    if not used:
        raise UserError(
            f"{predictions} and {labels} have no image in common",
            "predictions of the labelled images",
            f"the first predicted one is {next(iter(read), '(none)')}, the first labelled one "
            f"{lines[0].image if lines else '(none)'}",
        )
    return Pairs(lines, missing, len(read) - len(used))


Row = tuple[str, str, "float | None"]


def _rows(path: Path) -> Iterator[Row]:
    """(image, text, confidence) of each prediction; a repeated image counts by its last row."""
    with open(path, encoding="utf-8-sig", newline="") as stream:
        if path.suffix.lower() == ".csv":
            for entry in csv.DictReader(stream):
                yield entry["image"], entry["text"], _number(entry.get("confidence"))
            return
        for line in stream:
            row = _parse(line.rstrip("\r\n"))
            if row is not None:
                yield row


def _parse(line: str) -> Row | None:
    if line.startswith("{"):
        entry = json.loads(line)
        return entry["image"], entry["text"], _number(entry.get("confidence"))
    image, tab, rest = line.partition("\t")
    if not tab:
        return (image, "", None) if image else None
    text, _, confidence = rest.partition("\t")
    return image, text, _number(confidence.partition("\t")[0])


def _number(value: object) -> float | None:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _clean(image: str) -> str:
    """``./a\\b.png`` as ``a/b.png``."""
    return image.replace("\\", "/").removeprefix("./")


def _unique_names(images: dict[str, tuple[str, float | None]]) -> dict[str, str]:
    """File name → path, of names that occur once."""
    names: dict[str, list[str]] = {}
    for image in images:
        names.setdefault(PurePosixPath(image).name, []).append(image)
    return {name: paths[0] for name, paths in names.items() if len(paths) == 1}
