"""Readings and labels of the same lines, ours or another engine's."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ppocr_ext.console import tool_command
from ppocr_ext.data.foreign import holds_boxes
from ppocr_ext.errors import UserError
from ppocr_ext.files import why_no_file
from ppocr_ext.outputs import other_name
from ppocr_ext.show.formats import counted

_EXPECTED = "path<TAB>text[<TAB>confidence] lines, JSON lines or CSV with image and text"
_ROUNDING = 1e-3  # of a confidence in half precision


class Pair(NamedTuple):
    """image: path as the label file writes it; confidence: 0..1, None when not given."""

    image: str
    truth: str
    prediction: str
    confidence: float | None = None


class Pairs(NamedTuple):
    """Every line of the label file; missing: how many of them there is no reading for (they
    count as read empty); unused: readings of no labelled line; repeated: images that were
    read more than once, each time alike."""

    lines: list[Pair]
    missing: int
    unused: int
    repeated: list[str]


def read_pairs(readings: Path, labels: Path) -> Pairs:
    """Join both files by the images' paths, else by the longest ends of their paths, down to the
    names, where those are unique in both and some paths fit.

    Readings are ``path<TAB>text[<TAB>confidence]``, JSON lines (image, text, confidence) or CSV
    with a header (image, text, confidence), as ``tools/infer_rec.py`` and others write them. The
    truth stays as it is written. Raises :class:`UserError` when no line fits, or when an image has
    two different readings.
    """
    from ppocr_ext.data.labels import read_labels  # numpy; rows are read without it

    if not labels.is_file():
        raise UserError(
            f"label file {labels} {why_no_file(labels)}", "path<TAB>text lines", "check --labels"
        )
    if not readings.is_file():
        raise UserError(
            f"readings file {readings} {why_no_file(readings)}",
            "path<TAB>text lines",
            "check --readings",
        )
    if readings.samefile(labels):
        raise UserError(
            f"{readings} is given both as readings and as labels",
            "an engine's readings, and the true labels",
        )
    read, repeated = _read(readings)
    labelled = list(read_labels(labels, labels.parent))
    found = _Readings(read, [_clean(label.path) for label in labelled])
    lines, used = [], set()
    missing, shares_a_path = 0, False
    for label in labelled:
        key, by_path = found.key(_clean(label.path))
        shares_a_path |= by_path
        if key is None:
            missing += 1
            lines.append(Pair(label.path, label.text, ""))
        else:
            used.add(key)
            lines.append(Pair(label.path, label.text, *read[key]))
    if not shares_a_path:
        names = f", only {counted(len(used), 'name')} of files in other folders" if used else ""
        raise UserError(
            f"{readings} and {labels} have no image in common{names}: the first path read is "
            f"{next(iter(read), '(none)')}, the first labelled path is "
            f"{lines[0].image if lines else '(none)'}",
            "readings of the labelled images, with their paths as the labels write them",
            f"read them: {_read_command(labels, readings)}",
        )
    return Pairs(lines, missing, len(read) - len(used), repeated)


def _read_command(labels: Path, readings: Path) -> str:
    output = other_name(readings).as_posix()
    return tool_command("infer_rec.py", "--labels", labels.as_posix(), "--output", output)


def _read(predictions: Path) -> tuple[dict[str, tuple[str, float | None]], list[str]]:
    """Text and confidence of each image, and the images that are there again with the same text."""
    read: dict[str, tuple[str, float | None]] = {}
    repeated: dict[str, None] = {}
    for row in read_rows(predictions):
        image, text = _clean(row.image), row.text
        if image in read:
            if (before := read[image][0]) != text:
                raise UserError(
                    f"{predictions} holds {image} more than once, read as {before!r} and {text!r}",
                    "one reading per image",
                    "keep one of them, or read the images again",
                )
            repeated[image] = None
        read[image] = (text, row.confidence)
    return read, list(repeated)


class _Readings:
    """Finds the reading of a labelled image: by its path, the end of its path, or its name."""

    def __init__(self, images: Iterable[str], labelled: Iterable[str]) -> None:
        self._images = set(images)
        self._by_end = _ends(self._images)
        self._labels = _ends(set(labelled))

    def key(self, image: str) -> tuple[str | None, bool]:
        """The image that was read, and whether their paths, and not their names alone, say so.

        The longest end that both paths share decides; it must be of one image on either side.
        """
        if image in self._images:
            return image, True
        for end in _ends_of(image):
            if end in self._by_end:
                found, asked = self._by_end[end], self._labels[end]
                if len(found) > 1 or len(asked) > 1:
                    return None, False
                return (key := found[0]), end in (key, image)
        return None, False


def _ends(images: Iterable[str]) -> dict[str, list[str]]:
    ends: dict[str, list[str]] = {}
    for image in images:
        for end in _ends_of(image):
            ends.setdefault(end, []).append(image)
    return ends


def _ends_of(image: str) -> Iterator[str]:
    """``a/b/1.png``, ``b/1.png``, ``1.png``."""
    parts = image.split("/")
    return ("/".join(parts[start:]) for start in range(len(parts)))


class Row(NamedTuple):
    """What was read in one image. confidence: 0..1, None when not given; error: why unread."""

    image: str
    text: str
    confidence: float | None
    error: str = ""


def read_rows(path: Path, format_name: str = "") -> Iterator[Row]:
    """Every row of a file of readings, our own or another engine's: PaddleOCR's
    ``path<TAB>text[<TAB>confidence[<TAB>error]]``, JSON lines, or CSV with a header.

    Args:
        format_name: txt, jsonl or csv; when it is not known, the suffix and each line decide.

    Raises :class:`UserError` for a file of another kind.
    """
    holds_texts = bool(format_name)
    is_csv = format_name == "csv" or (not format_name and path.suffix.lower() == ".csv")
    try:
        with open(path, encoding="utf-8-sig", newline="") as stream:
            if is_csv:
                for entry in csv.DictReader(stream):
                    holds_texts = True
                    yield _of_entry(entry)
            for number, line in enumerate(() if is_csv else stream, 1):
                if written := line.rstrip("\r\n"):
                    holds_texts |= "\t" in written or written.startswith("{")
                    yield _of_line(written, number, format_name)
    except (ValueError, KeyError, TypeError, csv.Error) as error:  # a decoding error is a value
        what = f"no {error}" if isinstance(error, KeyError) else str(error).splitlines()[0]
        raise UserError(f"{path} cannot be understood ({what})", _EXPECTED) from None
    if not holds_texts:
        raise UserError(f"{path} holds no text that was read", _EXPECTED)


def _of_entry(entry: Mapping[str, Any]) -> Row:
    confidence, error = _number(entry.get("confidence")), entry.get("error") or ""
    return Row(entry["image"], entry["text"], confidence, error)


def _of_line(line: str, number: int, format_name: str) -> Row:
    if format_name == "jsonl" or (not format_name and line.startswith("{")):
        return _of_entry(json.loads(line))
    image, _, rest = line.partition("\t")
    if not format_name and (holds_boxes(rest) or line.startswith("[")):
        raise ValueError(f"line {number} holds boxes of a page, not a text")
    text, confidence, error, *_ = (*rest.split("\t", 2), "", "")
    return Row(image, text, _number(confidence), error)


def _number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    if not -_ROUNDING <= number <= 1 + _ROUNDING:  # percents, or Tesseract's -1; NaN, too
        raise ValueError(f"the confidence {value} is not from 0 to 1")
    return min(max(number, 0.0), 1.0)


def _clean(image: str) -> str:
    """``./a\\b.png`` as ``a/b.png``."""
    return image.replace("\\", "/").removeprefix("./")
