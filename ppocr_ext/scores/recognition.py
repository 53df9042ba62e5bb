"""Scores of a line recogniser: strings in, numbers out."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import add
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import Levenshtein

from ppocr_ext.text.letters import strip_marks

RESAMPLES = 1000


class Counts(NamedTuple):
    """What the scores are made of, for one line or many: the counts of lines simply add up."""

    lines: float = 0
    exact: float = 0
    unaccented_exact: float = 0
    distance: float = 0.0  # sum of the lines' normalised edit distances
    edits: float = 0
    characters: float = 0
    word_edits: float = 0
    words: float = 0


def count_line(
    prediction: str, truth: str, ignore_space: bool = False, ignore_case: bool = False
) -> Counts:
    """The counts of one line; the options as in :class:`RecognitionMetric`."""
    prediction, truth = (unicodedata.normalize("NFC", line) for line in (prediction, truth))
    if ignore_case:
        prediction, truth = prediction.lower(), truth.lower()
    words = truth.split()
    word_edits = Levenshtein.distance(prediction.split(), words)
    if ignore_space:
        prediction, truth = prediction.replace(" ", ""), truth.replace(" ", "")
    edits = Levenshtein.distance(prediction, truth)
    return Counts(
        lines=1,
        exact=int(edits == 0),
        unaccented_exact=int(strip_marks(prediction) == strip_marks(truth)),
        distance=edits / max(len(prediction), len(truth), 1),
        edits=edits,
        characters=len(truth),
        word_edits=word_edits,
        words=len(words),
    )


def is_same_but_spelling(prediction: str, truth: str) -> bool:
    """Whether two lines differ in spaces, punctuation and case alone."""
    bare = []
    for text in (prediction, truth):
        letters = unicodedata.normalize("NFC", text).casefold()
        bare.append("".join(each for each in letters if unicodedata.category(each)[0] in "LN"))
    return bare[0] == bare[1]


def total(lines: Iterable[Counts]) -> Counts:
    """The counts of many lines together."""
    return Counts(*map(sum, zip(*lines, strict=True)))


def score(counts: Counts) -> dict[str, float]:
    """The scores of :class:`RecognitionMetric` from summed counts."""
    lines = counts.lines
    if not lines:
        return {"acc": 0.0, "norm_edit_dis": 0.0, "cer": 1.0, "wer": 1.0, "unaccented_acc": 0.0}
    return {
        "acc": counts.exact / lines,
        "norm_edit_dis": 1.0 - counts.distance / lines,
        "cer": counts.edits / max(counts.characters, 1),
        "wer": counts.word_edits / max(counts.words, 1),
        "unaccented_acc": counts.unaccented_exact / lines,
    }


class Interval(NamedTuple):
    """A confidence interval."""

    low: float
    high: float


def bootstrap(
    lines: Sequence[Counts], level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, Interval]:
    """Percentile bootstrap interval of every score over ``lines`` (see ``count_line``).

    Whole lines are drawn with replacement, for characters of one line are right or wrong together;
    the interval holds the middle ``level`` of the scores of ``resamples`` such sets. The same seed
    gives the same interval. ``ValueError`` without lines.

    Source: Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13; for error rates
    of recognisers: Bisani & Ney, Bootstrap Estimates for Confidence Intervals in ASR Performance
    Evaluation, ICASSP 2004.
    """
    if not lines:
        raise ValueError("no lines to resample")
    table = np.asarray(lines, dtype=np.float64)  # [lines, fields of Counts]
    draws = _times_drawn(len(lines), resamples, seed)
    drawn = [score(Counts(*(times @ table).tolist())) for times in draws]
    return {name: _middle([scores[name] for scores in drawn], level) for name in drawn[0]}


def scored(lines: Sequence[tuple[str, str]]) -> dict[str, float]:
    """acc and cer of (read, true) lines, each with its 95 % interval as ``acc_low``, ``acc_high``;
    n: how many lines."""
    counts = [count_line(prediction, truth) for prediction, truth in lines]
    scores, spans = score(total(counts)), bootstrap(counts)
    found: dict[str, float] = {"n": len(counts)}
    for name in ("acc", "cer"):
        found[name] = scores[name]
        found[f"{name}_low"], found[f"{name}_high"] = spans[name]
    return found


def share_interval(parts: np.ndarray, totals: np.ndarray, level: float = 0.95) -> Interval:
    """The interval of Σ parts / Σ totals over lines, both [lines], as :func:`bootstrap` draws them.

    Of a difference between two readers of the same lines, what is hard for both cancels (Koehn,
    Statistical Significance Tests for Machine Translation Evaluation, EMNLP 2004).
    """
    draws = _times_drawn(len(parts), RESAMPLES)
    return _middle([(times @ parts) / max(times @ totals, 1) for times in draws], level)


def _times_drawn(lines: int, resamples: int, seed: int = 0) -> Iterator[np.ndarray]:
    """How often each line is in a set of as many, int64 [lines]; one after another."""
    generator = np.random.default_rng(seed)
    for _ in range(resamples):
        yield np.bincount(generator.integers(lines, size=lines), minlength=lines)


def _middle(values: list[float], level: float) -> Interval:
    tails = ((1 - level) / 2, (1 + level) / 2)
    return Interval(*np.quantile(values, tails).tolist())


class RecognitionMetric:
    """Accuracy and error rates over pairs of (read line, true line).

    With d(p, t) the Levenshtein distance between a prediction and its truth, over n lines::

        acc            = #(p == t) / n
        norm_edit_dis  = 1 − Σ d(p, t) / max(|p|, |t|) / n        (each line weighs the same)
        cer            = Σ d(p, t) / Σ |t|                        (each character weighs the same)
        wer            = Σ d(words p, words t) / Σ |words t|      (words are split at white space)
        unaccented_acc = #(strip_marks(p) == strip_marks(t)) / n  (right without its marks)

    A pair of empty lines is right, at distance 0. Of no lines at all, every score is the worst (cer
    and wer 1), so that an empty evaluation can never become the best. cer and wer may exceed 1.
    Lines are compared as NFC. ``ignore_case`` lowers both sides; ``ignore_space`` drops U+0020 from
    both for every score but wer.

    PaddleOCR's own ``RecMetric`` differs. Its ``ignore_space`` is on by default ("ViệtNam" equals
    "Việt Nam"); its ``is_filter`` keeps ASCII letters and digits only ("Vit" equals "Việt"); its
    truth is decoded from class numbers, so that a character the dictionary lacks vanishes from the
    truth too; and it divides by n + 1e-5.
    """

    def __init__(self, ignore_space: bool = False, ignore_case: bool = False) -> None:
        self.ignore_space, self.ignore_case = ignore_space, ignore_case
        self.reset()

    def reset(self) -> None:
        """Forget every line."""
        self._counts = Counts()

    def update(self, predictions: Iterable[str], truths: Iterable[str]) -> None:
        """Add lines; ``ValueError`` when the two differ in number."""
        for prediction, truth in zip(predictions, truths, strict=True):
            self._add(count_line(prediction, truth, self.ignore_space, self.ignore_case))

    def summary(self) -> dict[str, float]:
        """The scores so far, as fractions, and ``n``, the number of lines."""
        return {**score(self._counts), "n": self._counts.lines}

    def state(self) -> dict[str, float]:
        """The counts behind the scores, to send to another process."""
        return self._counts._asdict()

    def merge(self, state: Mapping[str, float]) -> None:
        """Add another metric's :meth:`state`: as if its lines had been added here."""
        self._add(Counts(**state))

    def _add(self, counts: Counts) -> None:
        self._counts = Counts(*map(add, self._counts, counts))
