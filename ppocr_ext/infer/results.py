"""Rows of the output, in PaddleOCR's text format, JSON lines or CSV; and a finished one looked
through: what was not read, what to review, how right it is."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path

from ppocr_ext.errors import UserError
from ppocr_ext.files import is_stream, replacing
from ppocr_ext.infer.reading import Reading, Reasons
from ppocr_ext.infer.sources import Source
from ppocr_ext.outputs import remember
from ppocr_ext.scores.pairs import read_rows
from ppocr_ext.text.unicode import normalize

FORMATS = ("txt", "jsonl", "csv")
_BY_SUFFIX = {"": "txt", ".txt": "txt", ".jsonl": "jsonl", ".json": "jsonl", ".csv": "csv"}
CSV_HEADER = "image,text,confidence,error\n"
_ESCAPES = str.maketrans({"\t": "\\t", "\n": "\\n", "\r": "\\r"})


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
    raise UserError(f"unknown format {name!r}", "one of " + ", ".join(FORMATS))


def format_row(format_name: str, name: str, reading: Reading) -> str:
    """One row with its line end. ``txt``: path, text, confidence, and the reason if unread."""
    return _WRITERS[format_name](name.translate(_ESCAPES), reading)


def _to_txt(name: str, reading: Reading) -> str:
    text = reading.text.translate(_ESCAPES)
    error = f"\t{reading.error}" if reading.error else ""
    return f"{name}\t{text}\t{reading.confidence:.4f}{error}\n"


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


def _to_csv(name: str, reading: Reading) -> str:
    row = io.StringIO()
    text = reading.text.translate(_ESCAPES)
    fields = (name, text, f"{reading.confidence:.4f}", reading.error)
    csv.writer(row, lineterminator="\n").writerow(fields)
    return row.getvalue()


_WRITERS: dict[str, Callable[[str, Reading], str]] = {
    "txt": _to_txt,
    "jsonl": _to_json,
    "csv": _to_csv,
}


@dataclass
class Findings:
    """rows in the output; unread: those that are not read, and why; low: below the review limit;
    scores: empty without labels; files: what was written beside the output."""

    rows: int = 0
    unread: Reasons = field(default_factory=Reasons)
    low: int = 0
    scores: dict[str, float] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)


def look_through(
    output: Path, format_name: str, source: Source, min_confidence: float | None, judge: bool = True
) -> Findings:
    """Write ``<output>.review`` and ``<output>.errors`` files where they apply, and count.

    The review file holds the rows below ``min_confidence`` in the output's own format. The list
    of errors holds ``path<TAB>label<TAB>text<TAB>confidence`` of every line read wrong; without
    ``judge`` there is none, nor scores.
    """
    judge = judge and source.has_truth
    findings = Findings(files=beside(output, judge, min_confidence))
    if judge:  # else reading starts without what scores need
        from ppocr_ext.scores.calibration import Reliability
        from ppocr_ext.scores.recognition import RecognitionMetric

        metric, reliability = RecognitionMetric(), Reliability()
    with ExitStack() as files:
        review = errors = None
        if min_confidence is not None:
            review = files.enter_context(replacing(review_path(output)))
        if judge:
            errors = files.enter_context(replacing(errors_path(output)))
        truths = (item.truth for item in source.items()) if judge else repeat(None)
        for row, truth in zip(read_rows(output, format_name), truths, strict=judge):
            findings.rows += 1
            confidence = row.confidence or 0.0
            if row.error:
                findings.unread.add(row.error, row.image)
            if review and confidence < (min_confidence or 0):
                findings.low += 1
                reading = Reading(row.text, confidence, row.error)
                review.write(format_row(format_name, row.image, reading))
            if errors and truth is not None:
                truth = normalize(truth)
                metric.update([row.text], [truth])
                reliability.add_line(row.text, truth, confidence)
                if row.text != truth:
                    errors.write(f"{row.image}\t{truth}\t{row.text}\t{confidence:.4f}\n")
    remember(findings.files)
    if judge:
        findings.scores = {**metric.summary(), "ece": reliability.error()}
    return findings


def beside(output: Path, judge: bool, min_confidence: float | None) -> list[Path]:
    """The files that are written beside an output; none beside a pipe or a device."""
    if is_stream(output):
        return []
    review = [] if min_confidence is None else [review_path(output)]
    return review + [errors_path(output)] * judge


def review_path(output: Path) -> Path:
    """Where rows to be reviewed are written."""
    return output.with_name(f"{output.stem}.review{output.suffix}")


def errors_path(output: Path) -> Path:
    """Where lines that were read wrong are written."""
    return output.with_name(f"{output.stem}.errors.txt")
