"""How far a score could be off because it was measured on these lines and not on others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ppocr_ext.metrics.recognition import Counts, score


class Interval(NamedTuple):
    """A confidence interval."""

    low: float
    high: float


def bootstrap(
    lines: Sequence[Counts], level: float = 0.95, resamples: int = 1000, seed: int = 0
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
    generator = np.random.default_rng(seed)
    drawn = [score(Counts(*_resample(table, generator).tolist())) for _ in range(resamples)]
    tails = ((1 - level) / 2, (1 + level) / 2)
    return {
        name: Interval(*np.quantile([scores[name] for scores in drawn], tails).tolist())
        for name in drawn[0]
    }


def _resample(table: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Sum [fields] of as many rows of ``table`` [lines, fields], drawn with replacement."""
    size = len(table)
    times_drawn = np.bincount(generator.integers(size, size=size), minlength=size)
    return times_drawn @ table
