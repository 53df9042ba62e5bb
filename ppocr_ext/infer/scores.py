"""A finished output looked through once: what was not read, what to review, how right it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ppocr_ext.files import is_stream, replacing
from ppocr_ext.infer.reading import Reading, Reasons
from ppocr_ext.infer.results import Row, format_row, parse_rows
from ppocr_ext.infer.sources import Source
from ppocr_ext.outputs import remember
from ppocr_ext.scores.confusion import right_characters
from ppocr_ext.scores.recognition import RecognitionMetric
from ppocr_ext.text.unicode import normalize

_BINS = 15


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
    output: Path, format_name: str, source: Source, min_confidence: float | None
) -> Findings:
    """Write ``<output>.review`` and ``<output>.errors`` files where they apply, and count.

    The review file holds the rows below ``min_confidence`` in the output's own format. The list
    of errors holds ``path<TAB>label<TAB>text<TAB>confidence`` of every line read wrong.
    """
    findings = Findings(files=beside(output, source, min_confidence))
    judge = _Judge()
    with ExitStack() as files:
        review = errors = None
        if min_confidence is not None:
            review = files.enter_context(replacing(review_path(output)))
        if source.has_truth:
            errors = files.enter_context(replacing(errors_path(output)))
        for row, truth in _with_truth(parse_rows(format_name, output), source):
            _count(row, findings)
            if review and row.confidence < (min_confidence or 0):
                findings.low += 1
                reading = Reading(row.text, row.confidence, row.error)
                review.write(format_row(format_name, row.name, reading))
            if errors and truth is not None:
                judge.add(row, truth)
                if row.text != truth:
                    errors.write(f"{row.name}\t{truth}\t{row.text}\t{row.confidence:.4f}\n")
    remember(findings.files)
    if source.has_truth:
        findings.scores = judge.scores()
    return findings


class _Judge:
    """Scores, and how far confidences are from the share of right characters."""

    def __init__(self) -> None:
        self._metric = RecognitionMetric()
        self._sizes, self._gaps = np.zeros(_BINS), np.zeros(_BINS)

    def add(self, row: Row, truth: str) -> None:
        self._metric.update([row.text], [truth])
        if row.text:
            place = min(int(row.confidence * _BINS), _BINS - 1)
            right = right_characters(row.text, truth)
            self._sizes[place] += len(right)
            self._gaps[place] += (row.confidence - right.mean()) * len(right)

    def scores(self) -> dict[str, float]:
        error = np.abs(self._gaps).sum() / max(self._sizes.sum(), 1)
        return {**self._metric.summary(), "calibration_error": float(error)}


def _count(row: Row, findings: Findings) -> None:
    findings.rows += 1
    if row.error:
        findings.unread.add(row.error, row.name)


def beside(output: Path, source: Source, min_confidence: float | None) -> list[Path]:
    """The files that are written beside an output; none beside a pipe or a device."""
    if is_stream(output):
        return []
    review = [] if min_confidence is None else [review_path(output)]
    return review + [errors_path(output)] * source.has_truth


def review_path(output: Path) -> Path:
    """Where rows to be reviewed are written."""
    return output.with_name(f"{output.stem}.review{output.suffix}")


def errors_path(output: Path) -> Path:
    """Where lines that were read wrong are written."""
    return output.with_name(f"{output.stem}.errors.txt")


def _with_truth(rows: Iterator[Row], source: Source) -> Iterator[tuple[Row, str | None]]:
    if not source.has_truth:
        return ((row, None) for row in rows)
    truths = (None if item.truth is None else normalize(item.truth) for item in source.items())
    return zip(rows, truths, strict=True)
