"""Every score of pairs of (truth, prediction)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ppocr_ext.scores.breakdown import (
    Group,
    by_folder,
    by_frequency,
    by_group,
    by_length,
    by_width,
)
from ppocr_ext.scores.calibration import Bin, Reliability
from ppocr_ext.scores.confusion import Confusion
from ppocr_ext.scores.pairs import Pair, Pairs
from ppocr_ext.scores.recognition import (
    Counts,
    Interval,
    bootstrap,
    count_line,
    score,
    share_interval,
    total,
)

WORST = 50  # lines that are listed


@dataclass(frozen=True)
class Evaluation:
    """scores: name → value, of ``RecognitionMetric`` and others; intervals: 95 % bootstrap
    intervals of the former. counts: of each line. groups: by what → the groups. bins: empty without
    confidences. worst: wrong lines, most errors for their length first. only_paddleocr: lines that
    PaddleOCR's ``RecMetric`` counts as right and we do not."""

    scores: dict[str, float]
    intervals: dict[str, Interval]
    counts: list[Counts]
    confusion: Confusion
    groups: dict[str, list[Group]]
    bins: list[Bin]
    worst: list[Pair]
    missing: int
    unused: int
    only_paddleocr: int

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, mappings and numbers, for a JSON file."""
        confusion = self.confusion
        return {
            "scores": self.scores,
            "intervals": {name: list(interval) for name, interval in self.intervals.items()},
            "missing_predictions": self.missing,
            "unused_predictions": self.unused,
            "right_for_paddleocr_only": self.only_paddleocr,
            "tones": confusion.tones().tolist(),
            "shapes": confusion.shapes().tolist(),
            "spaces": confusion.spaces(),
            "dropped_marks": confusion.dropped_marks(),
            "inserted_marks": confusion.inserted_marks(),
            "characters": _listed(confusion.characters()),
            "bases": _listed(confusion.bases()),
            "digits": _listed(confusion.digits()),
            "case": _listed(confusion.case()),
            "dropped": dict(confusion.dropped().most_common()),
            "inserted": dict(confusion.inserted().most_common()),
            "groups": {what: [g._asdict() for g in groups] for what, groups in self.groups.items()},
            "reliability": [each._asdict() for each in self.bins],
            "worst": [pair._asdict() for pair in self.worst],
        }


def evaluate(
    pairs: Pairs,
    widths: Mapping[str, float] | None = None,
    corpus: Iterable[str] | None = None,
    groups: Mapping[str, str] | None = None,
    dictionary: Container[str] | None = None,
) -> Evaluation:
    """Score and sort the lines.

    Args:
        widths: image → pixels at a height of 48, for groups by width.
        corpus: texts that show how common a character is; the truths themselves without it.
        groups: image → its font, engine, or anything else that lines are grouped by.
        dictionary: of the network, for the scores as PaddleOCR counts them.
    """
    lines = pairs.lines
    counts = [count_line(pair.prediction, pair.truth) for pair in lines]
    stock = [_count_as_paddleocr(pair, dictionary) for pair in lines]
    confusion, tones = _confusions(lines)
    tables = {"length": by_length(lines, counts), "folder": by_folder(lines, counts)}
    if widths:
        tables["width"] = by_width(lines, counts, widths)
    if groups:
        tables["group"] = by_group(lines, counts, groups)
    texts = [pair.truth for pair in lines] if corpus is None else corpus
    tables["frequency"] = by_frequency(confusion.pairs, texts)
    measured = _reliability(lines)
    bins = measured.bins()
    scores, intervals = _scores(lines, counts, stock, tones)
    return Evaluation(
        scores={**scores, **({"ece": measured.error()} if bins else {})},
        intervals=intervals,
        counts=counts,
        only_paddleocr=sum(s.exact > ours.exact for ours, s in zip(counts, stock, strict=True)),
        confusion=confusion,
        groups=tables,
        bins=bins,
        worst=_worst(lines, counts),
        missing=pairs.missing,
        unused=pairs.unused,
    )


def _count_as_paddleocr(pair: Pair, dictionary: Container[str] | None) -> Counts:
    """Without spaces; and PaddleOCR decodes the truth from class numbers, so that a character which
    the dictionary lacks is not in the truth either."""
    truth = pair.truth
    if dictionary is not None:
        truth = "".join(character for character in truth if character in dictionary)
    return count_line(pair.prediction, truth, ignore_space=True)


def _scores(
    lines: Sequence[Pair], counts: Sequence[Counts], stock: Sequence[Counts], tones: np.ndarray
) -> tuple[dict[str, float], dict[str, Interval]]:
    """By every definition, and their intervals."""
    case_blind = [count_line(p.prediction, p.truth, ignore_case=True) for p in lines]
    scores, intervals = score(total(counts)), bootstrap(counts)
    for prefix, others, names in (
        ("case_blind", case_blind, ("acc",)),
        ("paddleocr", stock, ("acc", "norm_edit_dis")),
    ):
        values, spans = score(total(others)), bootstrap(others)
        scores |= {f"{prefix}_{name}": values[name] for name in names}
        intervals |= {f"{prefix}_{name}": spans[name] for name in names}
    wrong, vowels = tones.T
    scores |= {"tone_errors": float(wrong.sum() / max(vowels.sum(), 1)), "n": len(lines)}
    return scores, {**intervals, "tone_errors": share_interval(wrong, vowels)}


def _confusions(lines: Sequence[Pair]) -> tuple[Confusion, np.ndarray]:
    """Of all lines together; and of each the wrong tones and the vowels that were read right but
    for their marks, int64 [lines, 2]."""
    together, tones = Confusion(), []
    for pair in lines:
        one = Confusion()
        one.update([pair.prediction], [pair.truth])
        together.merge(one)
        matrix = one.tones()
        tones.append((matrix.sum() - np.trace(matrix), matrix.sum()))
    return together, np.array(tones).reshape(-1, 2)


def _reliability(lines: Sequence[Pair]) -> Reliability:
    """Of every character that was read, with the confidence of its line."""
    measured = Reliability()
    for pair in lines:
        if pair.confidence is not None:
            measured.add_line(pair.prediction, pair.truth, pair.confidence)
    return measured


def _worst(lines: Sequence[Pair], counts: Sequence[Counts]) -> list[Pair]:
    wrong = [i for i, count in enumerate(counts) if not count.exact]
    wrong.sort(key=lambda i: (-counts[i].distance, -counts[i].edits))
    return [lines[i] for i in wrong[:WORST]]


def _listed(table: Mapping[tuple[str, str], int]) -> list[tuple[str, str, int]]:
    """(true, read, times), the most frequent first."""
    ordered = sorted(table.items(), key=lambda item: -item[1])
    return [(true, read, times) for (true, read), times in ordered]
