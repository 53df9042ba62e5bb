"""Scores of a line recogniser: strings in, numbers out."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields

from rapidfuzz.distance import Levenshtein

from ppocr_ext.text.letters import strip_marks


@dataclass
class _Sums:
    """What the scores are made of. Plain sums, so that shards add up to the whole."""

    lines: int = 0
    exact: int = 0
    unaccented_exact: int = 0
    distance: float = 0.0  # of normalised edit distances, one per line
    edits: int = 0
    characters: int = 0
    word_edits: int = 0
    words: int = 0


_WORST = {"acc": 0.0, "norm_edit_dis": 0.0, "cer": 1.0, "wer": 1.0, "unaccented_acc": 0.0}


class RecognitionMetric:
    """Accuracy and error rates over pairs of (read line, true line).

    With d(p, t) the Levenshtein distance between a prediction and its truth, over n lines::

        acc            = #(p == t) / n
        norm_edit_dis  = 1 − Σ d(p, t) / max(|p|, |t|) / n        (each line weighs the same)
        cer            = Σ d(p, t) / Σ |t|                        (each character weighs the same)
        wer            = Σ d(words p, words t) / Σ |words t|      (words are split at white space)
        unaccented_acc = #(strip_marks(p) == strip_marks(t)) / n  (what is right but for its marks)

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
        self._sums = _Sums()

    def update(self, predictions: Iterable[str], truths: Iterable[str]) -> None:
        """Add lines; ``ValueError`` when the two differ in number."""
        for prediction, truth in zip(predictions, truths, strict=True):
            self._add(self._prepare(prediction), self._prepare(truth))

    def summary(self) -> dict[str, float]:
        """The scores so far, as fractions, and ``n``, the number of lines."""
        sums = self._sums
        if not sums.lines:
            return {**_WORST, "n": 0}
        return {
            "acc": sums.exact / sums.lines,
            "norm_edit_dis": 1.0 - sums.distance / sums.lines,
            "cer": sums.edits / max(sums.characters, 1),
            "wer": sums.word_edits / max(sums.words, 1),
            "unaccented_acc": sums.unaccented_exact / sums.lines,
            "n": sums.lines,
        }

    def state(self) -> dict[str, float]:
        """The sums behind the scores, to send to another process."""
        return asdict(self._sums)

    def merge(self, state: Mapping[str, float]) -> None:
        """Add another metric's :meth:`state`: as if its lines had been added here."""
        for field in fields(_Sums):
            total = getattr(self._sums, field.name) + state[field.name]
            setattr(self._sums, field.name, total)

    def _prepare(self, line: str) -> str:
        line = unicodedata.normalize("NFC", line)
        return line.lower() if self.ignore_case else line

    def _add(self, prediction: str, truth: str) -> None:
        """Add one pair of prepared lines."""
        sums, words = self._sums, truth.split()
        sums.word_edits += Levenshtein.distance(prediction.split(), words)
        sums.words += len(words)
        if self.ignore_space:
            prediction, truth = prediction.replace(" ", ""), truth.replace(" ", "")
        edits = Levenshtein.distance(prediction, truth)
        sums.lines += 1
        sums.exact += edits == 0
        sums.unaccented_exact += strip_marks(prediction) == strip_marks(truth)
        sums.distance += edits / max(len(prediction), len(truth), 1)
        sums.edits += edits
        sums.characters += len(truth)
