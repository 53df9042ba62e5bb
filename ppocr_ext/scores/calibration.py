"""Whether confidences can be believed.

The confidence of a line is the mean over its characters, so it estimates the share of its
characters that are right, not whether all of them are: characters are what is counted here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from unicodedata import normalize

import numpy as np

from ppocr_ext.scores.confusion import right_characters

BINS = 15


class Bin(NamedTuple):
    """Characters whose confidence falls between two limits: how many, their mean confidence, and
    the share of them that is right."""

    characters: int
    confidence: float
    right: float


class Reliability:
    """Characters by their confidence, counted as they come.

    Source: Guo et al., On Calibration of Modern Neural Networks, https://arxiv.org/abs/1706.04599.
    """

    def __init__(self) -> None:
        self._sums = np.zeros((3, BINS))  # characters, their confidences, those that are right

    def add(
        self, confidences: Sequence[float] | np.ndarray, right: Sequence[bool] | np.ndarray
    ) -> None:
        """Take N characters."""
        values, marks = np.asarray(confidences, float), np.asarray(right, float)
        places = np.minimum((values * BINS).astype(int), BINS - 1)
        self._sums += [np.bincount(places, each, BINS) for each in (None, values, marks)]

    def add_line(self, prediction: str, truth: str, confidence: float) -> None:
        """Take the characters of a line, each with the line's confidence."""
        right = right_characters(*(normalize("NFC", text) for text in (prediction, truth)))
        self.add(np.full(len(right), confidence), right)

    def bins(self) -> list[Bin]:
        """One for each fifteenth of 0..1 that holds any character, in rising order."""
        return [Bin(int(n), value / n, right / n) for n, value, right in self._sums.T.tolist() if n]

    def error(self) -> float:
        """ECE = Σ characters/n · |confidence − right|."""
        total, values, right = self._sums
        return float(np.abs(values - right).sum() / max(total.sum(), 1))
