"""Whether confidences can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

BINS = 15


class Bin(NamedTuple):
    """Lines whose confidence falls between two limits: how many, their mean confidence, and the
    share of them that is right."""

    lines: int
    confidence: float
    right: float


def reliability(confidences: Sequence[float], right: Sequence[bool]) -> list[Bin]:
    """One bin for each fifteenth of 0..1 that holds lines, in rising order.

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
    """ECE = Σ lines/n · |confidence − right|."""
    total = sum(each.lines for each in bins)
    return sum(each.lines * abs(each.confidence - each.right) for each in bins) / max(total, 1)
