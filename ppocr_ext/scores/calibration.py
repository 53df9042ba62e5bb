"""Whether confidences can be believed.

The confidence of a line is the mean over its characters, so it tells the share of its characters
that are right, not whether all of them are: characters are what is counted here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

BINS = 15


class Bin(NamedTuple):
    """Characters whose confidence falls between two limits: how many, their mean confidence, and
    the share of them that is right."""

    characters: int
    confidence: float
    right: float


def reliability(
    confidences: Sequence[float] | np.ndarray, right: Sequence[bool] | np.ndarray
) -> list[Bin]:
    """One bin for each fifteenth of 0..1 that holds any of the N characters, in rising order.

    Source: Guo et al., On Calibration of Modern Neural Networks, https://arxiv.org/abs/1706.04599.
    """
    values, marks = np.asarray(confidences, float), np.asarray(right, float)
    places = np.minimum((values * BINS).astype(int), BINS - 1)
    return [
        Bin(int(inside.sum()), float(values[inside].mean()), float(marks[inside].mean()))
        for inside in (places == place for place in range(BINS))
        if inside.any()
    ]


def expected_error(bins: Sequence[Bin]) -> float:
    """ECE = Σ characters/n · |confidence − right|."""
    total = sum(each.characters for each in bins)
    return sum(each.characters * abs(each.confidence - each.right) for each in bins) / max(total, 1)
