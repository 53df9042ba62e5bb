"""The whole check: files, labels, images, duplicates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from ppocr_ext.console import typed_here
from ppocr_ext.data.check.duplicates import check_duplicates
from ppocr_ext.data.check.findings import Findings, Place
from ppocr_ext.data.check.images import ImageFacts, check_images
from ppocr_ext.data.check.labels import LabelStatistics, check_labels
from ppocr_ext.data.check.pixels import Reader
from ppocr_ext.data.labels import LabelFile, read_labels
from ppocr_ext.errors import UserError
from ppocr_ext.text.charset import Charset

Look = Literal["pixels", "sizes", "nothing"]
Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""(title, total) → a context that gives a function to call with what is done."""


@dataclass(frozen=True)
class LabelSet:
    """Label files that are read alike."""

    name: str  # "train", else a set that is evaluated on: "val", or of Eval.sets
    files: Sequence[Path]
    data_dir: Path
    delimiter: str = "\t"
    make: str | None = None  # the command that makes the files, from the config


@dataclass
class Result:
    """What the check found."""

    findings: Findings = field(default_factory=Findings)
    statistics: dict[str, LabelStatistics] = field(default_factory=dict)  # by set
    widths: dict[str, list[np.ndarray]] = field(default_factory=dict)  # int32, by set

    @property
    def lines(self) -> int:
        """Lines that were checked, of all sets."""
        return sum(statistics.lines for statistics in self.statistics.values())

    @property
    def usable(self) -> int:
        """Lines of them that have a valid label and an image."""
        return sum(statistics.usable for statistics in self.statistics.values())


def check(
    sets: Sequence[LabelSet],
    charset: Charset,
    *,
    look: Look = "pixels",
    max_text_length: int | None = None,
    height: int = 48,
    max_width: int = 3200,
    read: Reader | None = None,
    progress: Progress,
) -> Result:
    """Check label files and their images.

    ``look`` at every pixel, at existence and size, or at no image. ``read`` reads images, so that
    turned ones are found. Line problems are findings, never errors.
    """
    result = Result()
    opened: list[tuple[LabelFile, ImageFacts, bool]] = []
    for label_set in sets:
        statistics = result.statistics.setdefault(label_set.name, LabelStatistics())
        for labels in _open(label_set, result.findings):
            with progress(f"labels of {labels.path.name}", len(labels)) as advance:
                judged = check_labels(
                    labels, charset, statistics, result.findings, max_text_length, advance
                )
            if look == "nothing":
                statistics.usable += int(np.count_nonzero(judged.steps))
                continue
            with progress(f"images of {labels.path.name}", len(labels)) as advance:
                facts = check_images(
                    labels,
                    judged,
                    result.findings,
                    decode=look == "pixels",
                    height=height,
                    max_width=max_width,
                    read=read,
                    progress=advance,
                )
            statistics.usable += int(np.count_nonzero(judged.steps * facts.widths))
            result.widths.setdefault(label_set.name, []).append(facts.widths)
            opened.append((labels, facts, label_set.name != "train"))
    if look == "pixels" and opened:
        _compare(opened, result.findings)
    _check_letters(result)
    return result


def _open(label_set: LabelSet, findings: Findings) -> list[LabelFile]:
    opened = []
    for path in label_set.files:
        try:
            labels = read_labels(path, label_set.data_dir, label_set.delimiter)
        except UserError as error:
            is_made = label_set.make and not path.is_file()
            cure = typed_here(label_set.make or "") if is_made else error.cure
            findings.add("file", error.found, f"; cure: {cure}")
            continue
        if labels.has_mark:
            findings.add("mark", path.name)
        opened.append(labels)
    return opened


def _compare(opened: list[tuple[LabelFile, ImageFacts, bool]], findings: Findings) -> None:
    ends = np.cumsum([len(labels) for labels, _, _ in opened])

    def place(index: int) -> Place:
        part = int(np.searchsorted(ends, index, side="right"))
        labels = opened[part][0]
        return Place(labels, index - int(ends[part]) + len(labels))

    facts, validation = [entry[1] for entry in opened], [entry[2] for entry in opened]
    check_duplicates(facts, validation, place, findings)


def _check_letters(result: Result) -> None:
    train = result.statistics.get("train")
    if train is None or not train.usable:
        return
    missing = [letter for letter, count in train.letters().items() if not count]
    if missing:
        result.findings.add("letters", " ".join(missing), count=len(missing))
