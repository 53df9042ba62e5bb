"""Rows of the output: PaddleOCR's text format, JSON lines, or CSV; one row is one line of text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from ppocr_ext.errors import UserError
from ppocr_ext.infer.reading import Reading

FORMATS = ("txt", "jsonl", "csv")
_BY_SUFFIX = {"": "txt", ".txt": "txt", ".jsonl": "jsonl", ".json": "jsonl", ".csv": "csv"}
CSV_HEADER = "image,text,confidence,error\n"
_ESCAPES = str.maketrans({"\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Row(NamedTuple):
    """One image as it was written."""

    name: str
    text: str
    confidence: float
    error: str


def format_of(output: Path, chosen: str | None) -> str:
    """``chosen``, else what the suffix of ``output`` says: PaddleOCR's ``txt`` is without one.

    Raises :class:`UserError` for another suffix: a program may believe it.
    """
    name = chosen or _BY_SUFFIX.get(output.suffix.lower(), "")
    if name in FORMATS:
        return name
    if chosen is None:
        raise UserError(
            f"{output}: the format of {output.suffix} files is not written",
            "a name that ends in .txt, .jsonl or .csv, or --format",
            f"--output {output.with_suffix('.csv')}, which spreadsheets open",
        )
    raise UserError(f"format {name!r} is not known", "one of " + ", ".join(FORMATS))


def format_row(format_name: str, name: str, reading: Reading) -> str:
    """One row with its line end. ``txt``: path, text, confidence, and the reason if unread."""
    return _WRITERS[format_name](name.translate(_ESCAPES), reading)


def parse_rows(format_name: str, path: Path) -> Iterator[Row]:
    """The rows of a finished file."""
    with open(path, encoding="utf-8-sig", newline="\n") as lines:
        if format_name == "csv":
            next(lines)
        for line in lines:
            yield _READERS[format_name](line.rstrip("\n"))


def _to_txt(name: str, reading: Reading) -> str:
    text = reading.text.translate(_ESCAPES)
    error = f"\t{reading.error}" if reading.error else ""
    return f"{name}\t{text}\t{reading.confidence:.4f}{error}\n"


def _from_txt(line: str) -> Row:
    name, text, confidence, *error = line.split("\t")
    return Row(name, text, float(confidence), error[0] if error else "")


def _to_json(name: str, reading: Reading) -> str:
    row = {"image": name, "text": reading.text, "confidence": round(reading.confidence, 4)}
    if reading.error:
        row["error"] = reading.error
    if reading.characters:
        row["characters"] = [
            {"text": each.text, "confidence": each.confidence, "alternatives": each.alternatives}
            for each in reading.characters
        ]
    return json.dumps(row, ensure_ascii=False) + "\n"


def _from_json(line: str) -> Row:
    row = json.loads(line)
    return Row(row["image"], row["text"], row["confidence"], row.get("error", ""))


def _to_csv(name: str, reading: Reading) -> str:
    row = io.StringIO()
    text = reading.text.translate(_ESCAPES)
    fields = (name, text, f"{reading.confidence:.4f}", reading.error)
    csv.writer(row, lineterminator="\n").writerow(fields)
    return row.getvalue()


def _from_csv(line: str) -> Row:
    name, text, confidence, error = next(csv.reader([line]))
    return Row(name, text, float(confidence), error)


_WRITERS: dict[str, Callable[[str, Reading], str]] = {
    "txt": _to_txt,
    "jsonl": _to_json,
    "csv": _to_csv,
}
_READERS: dict[str, Callable[[str], Row]] = {
    "txt": _from_txt,
    "jsonl": _from_json,
    "csv": _from_csv,
}
