"""Which of two evaluations is better. Pure: numbers in, a truth value out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

# What decides when the main indicator is equal, in this order. Stock PaddleOCR stops at the first
# and lets a tie win, so a worse model with the same accuracy replaces the best one.
_TIE_BREAKERS = ("acc", "norm_edit_dis", "loss")
_LOWER_IS_BETTER = frozenset({"loss", "cer", "wer"})


def is_better(
    new: Mapping[str, Any], best: Mapping[str, Any] | None, main_indicator: str = "acc"
) -> bool:
    """Whether ``new`` should replace ``best``: by the main indicator, then the tie breakers.

    A metric that one side lacks, or that is not finite, decides nothing, except that a best
    without a finite main indicator is always replaced and a new one without never wins.
    """
    score = _value(new, main_indicator)
    if score is None:
        return False
    if best is None or _value(best, main_indicator) is None:
        return True
    for metric in (main_indicator, *_TIE_BREAKERS):
        ours, theirs = _value(new, metric), _value(best, metric)
        if ours is not None and theirs is not None and ours != theirs:
            return (ours < theirs) == (metric in _LOWER_IS_BETTER)
    return False


def _value(metrics: Mapping[str, Any], name: str) -> float | None:
    value = metrics.get(name)
    if value is None or not math.isfinite(value):
        return None
    return float(value)
