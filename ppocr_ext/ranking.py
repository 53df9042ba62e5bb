"""Which of two evaluations is better: one rule for training, sweeps and reports.

Pure: numbers in, a truth value out. A score of averaged weights, ``ema_cer``, and a mean over
several sets, ``mean_cer``, rank like ``cer``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import cmp_to_key
from typing import Any, TypeVar

T = TypeVar("T")

RATES = ("acc", "norm_edit_dis", "cer", "wer", "unaccented_acc")
"""Scores of an evaluation that lie between 0 and 1; cer and wer may exceed 1."""
# What decides when the main indicator is equal, in this order. Stock PaddleOCR stops at the first
# and lets a tie win, so a worse model with the same accuracy replaces the best one.
_TIE_BREAKERS = ("acc", "norm_edit_dis", "cer", "loss")
_LOWER_IS_BETTER = frozenset({"loss", "cer", "wer"})
_AVERAGED, _OF_SETS = "ema_", "mean_"


def lower_is_better(metric: str) -> bool:
    """Whether ``metric`` counts errors: cer, wer, loss, of averaged weights or several sets."""
    return metric.removeprefix(_AVERAGED).removeprefix(_OF_SETS) in _LOWER_IS_BETTER


def error_of(metric: str, score: float) -> float:
    """``score`` as an error, of which less is better: 1 − acc; cer, wer and loss are errors."""
    return score if lower_is_better(metric) else 1 - score


def is_better(new: Mapping[str, Any], best: Mapping[str, Any] | None, metric: str = "acc") -> bool:
    """Whether ``new`` should replace ``best``: by ``metric``, then the tie breakers.

    The tie breakers of averaged weights are those of averaged weights. A metric that one side
    lacks, or that is not finite, decides nothing, except that a best without a finite ``metric`` is
    always replaced and a new one without never wins.
    """
    if _value(new, metric) is None:
        return False
    if best is None or _value(best, metric) is None:
        return True
    prefix = _AVERAGED if metric.startswith(_AVERAGED) else ""
    for name in (metric, *(prefix + tie_breaker for tie_breaker in _TIE_BREAKERS)):
        ours, theirs = _value(new, name), _value(best, name)
        if ours is not None and theirs is not None and ours != theirs:
            return (ours < theirs) == lower_is_better(name)
    return False


def best_of(rows: Iterable[T], metric: str, values: Callable[[T], Mapping[str, Any]]) -> T | None:
    """The best of ``rows``, the earliest of equals; ``None`` when none has a finite ``metric``.

    Args:
        values: the scores of a row, by name.
    """
    order = rank(metric)
    best = min(rows, key=lambda row: order(values(row)), default=None)
    return best if best is not None and _value(values(best), metric) is not None else None


def rank(metric: str) -> Callable[[Mapping[str, Any]], Any]:
    """A key for ``sorted`` that puts the scores of the best first, by :func:`is_better`."""
    return cmp_to_key(lambda one, two: is_better(two, one, metric) - is_better(one, two, metric))


def deciding(metrics: Iterable[str], wanted: str = "acc") -> str:
    """``wanted`` if ``metrics`` has it, else the first tie breaker that it has, else ``wanted``."""
    known = set(metrics)
    return next((name for name in (wanted, *_TIE_BREAKERS) if name in known), wanted)


def _value(metrics: Mapping[str, Any], name: str) -> float | None:
    value = metrics.get(name)
    if value is None or not math.isfinite(value):
        return None
    return float(value)
