"""Bootstrap intervals of shares, and of the difference between two readers of the same lines."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ppocr_ext.scores.recognition import Interval

RESAMPLES = 1000


def share_interval(parts: np.ndarray, totals: np.ndarray, level: float = 0.95) -> Interval:
    """Of Σ parts / Σ totals over lines drawn with replacement; both [lines].

    Source: Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
    """
    draws = _times_drawn(len(parts))
    return _middle([(times @ parts) / max(times @ totals, 1) for times in draws], level)


def difference_interval(one: np.ndarray, other: np.ndarray, level: float = 0.95) -> Interval:
    """Of mean(one) − mean(other), both [lines] of the same lines: what is hard for both cancels.

    Source: Koehn, Statistical Significance Tests for Machine Translation Evaluation, EMNLP 2004.
    """
    difference = np.asarray(one, float) - np.asarray(other, float)
    return _middle([times @ difference / len(one) for times in _times_drawn(len(one))], level)


def _times_drawn(lines: int) -> Iterator[np.ndarray]:
    """How often each line is in a set of as many, int64 [lines]; one after another."""
    generator = np.random.default_rng(0)
    for _ in range(RESAMPLES):
        yield np.bincount(generator.integers(lines, size=lines), minlength=lines)


def _middle(values: list[float], level: float) -> Interval:
    tails = ((1 - level) / 2, (1 + level) / 2)
    return Interval(*np.quantile(values, tails).tolist())
