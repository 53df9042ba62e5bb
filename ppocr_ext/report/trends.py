"""The history as rows of one table: by evaluation, step, epoch, hour or day."""

from __future__ import annotations

import math
import time
from bisect import bisect_left
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from ppocr_ext.ranking import RATES
from ppocr_ext.records.history import History
from ppocr_ext.records.records import Point, value
from ppocr_ext.records.thinning import average

INTERVALS = ("eval", "step", "epoch", "hour", "day")
_MOST_STEP_ROWS = 40
_FROM_TRAINING = (
    *("loss", "lr", "ips", "host_mem_mb", "gpu_mem_mb", "max_mem_reserved_mb", "gpu_temp"),
)


@dataclass(frozen=True)
class Row:
    """One interval that ends at ``step``: its last evaluation, and the mean of its training."""

    step: int
    epoch: float | None
    time: float | None
    values: dict[str, float]  # keys of formats.COLUMNS
    is_best: bool = False


def trend_rows(history: History, by: str = "eval") -> list[Row]:
    """Rows in the order of steps; without evaluations ``eval`` falls back to ``step``."""
    train, evals = history.train.points(), history.evals.points()
    if by == "eval" and not evals:
        by = "step"
    key = _interval(by, train, evals)
    groups: dict[Hashable, tuple[list[Point], list[Point]]] = {}
    for which, points in enumerate((train, evals)):
        for point in points:
            groups.setdefault(key(point), ([], []))[which].append(point)
    best = history.best
    rows = [_row(trained, evaluated, best) for trained, evaluated in groups.values()]
    rows.sort(key=lambda row: row.step)
    return rows


def reader_share(values: dict[str, float]) -> float | None:
    """Part of a training step that was spent waiting for data."""
    reader, batch = values.get("avg_reader_cost"), values.get("avg_batch_cost")
    if reader is None or batch is None or not 0 < batch < math.inf or not math.isfinite(reader):
        return None
    return min(reader / batch, 1.0)


def _interval(by: str, train: list[Point], evals: list[Point]) -> Callable[[Point], Hashable]:
    """What points of one row have in common."""
    if by == "eval":
        ends = [point.step for point in evals]
        return lambda point: bisect_left(ends, point.step)
    if by == "step":
        width = _round_width(max((p.step for p in train + evals), default=0) / _MOST_STEP_ROWS)
        return lambda point: -(-point.step // width)
    if by == "epoch":
        return lambda point: point.epoch and int(point.epoch)
    form = {"hour": 3600, "day": 86400}[by]

    def local(point: Point) -> Hashable:
        if point.time is None:
            return None
        return int((point.time - time.timezone) // form)

    return local


def _round_width(least: float) -> int:
    """The next of 1, 2, 5, 10, 20, 50 … that is not below ``least``."""
    power = 10 ** max(math.floor(math.log10(least)), 0) if least > 1 else 1
    return next(power * digit for digit in (1, 2, 5, 10) if power * digit >= least)


def _row(trained: list[Point], evaluated: list[Point], best: Point | None) -> Row:
    values: dict[str, float] = {}
    if trained:
        mean = average(trained).values
        values = {name: mean[name] for name in _FROM_TRAINING if name in mean}
        if (share := reader_share(mean)) is not None:
            values["reader_share"] = share
        if "acc" in mean:
            values["train_acc"] = mean["acc"]
    if evaluated:
        measured = evaluated[-1]
        values.update({name: measured.values[name] for name in RATES if name in measured.values})
        if "loss" in measured.values:
            values["val_loss"] = measured.values["loss"]
        if "train_loss" in measured.values:
            values["loss"] = measured.values["train_loss"]
    last = max(trained + evaluated, key=lambda point: point.step)
    is_best = any(point is best for point in evaluated)
    return Row(last.step, last.epoch, last.time, values, is_best)


class LinesSeen:
    """Sums the lines per step that the log gives (``avg_samples``).

    Without them nothing is known, and :meth:`at` gives ``None``.
    """

    def __init__(self, train: Sequence[Point]) -> None:
        self._known: list[tuple[int, float]] = []
        total, before = 0.0, 0
        for point in train:
            per_step = value(point, "avg_samples")
            if per_step is None:
                self._known = []
                return
            total += per_step * (point.step - before)
            before = point.step
            self._known.append((point.step, total))

    def at(self, step: int) -> int | None:
        """Between the two nearest steps that are known, by their share."""
        if not self._known:
            return None
        number = bisect_left(self._known, (step, 0.0))
        if number == len(self._known):
            return round(self._known[-1][1])
        before = self._known[number - 1] if number else (0, 0.0)
        after = self._known[number]
        part = (step - before[0]) / max(after[0] - before[0], 1)
        return round(before[1] + part * (after[1] - before[1]))
