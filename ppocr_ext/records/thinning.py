"""A series of any length in bounded memory: when it is full, neighbours become one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ppocr_ext.ranking import best_of, deciding
from ppocr_ext.records.records import Point, as_rows, from_rows


class Series:
    """Points in the order of their steps, at most ``capacity`` (+ those being merged).

    Args:
        merge: makes one point of several neighbours.
    """

    def __init__(self, capacity: int, merge: Callable[[list[Point]], Point]) -> None:
        self.capacity, self.merge = capacity, merge
        self.stride = 1
        self.full: list[Point] = []
        self.open: list[Point] = []  # fewer than ``stride`` points, not merged yet

    def __iter__(self) -> Iterator[Point]:
        return iter(self.points())

    def points(self) -> list[Point]:
        """All points, oldest first."""
        return self.full + ([self.merge(self.open)] if self.open else [])

    def __len__(self) -> int:
        return len(self.full) + len(self.open)

    @property
    def first(self) -> Point | None:
        return self.full[0] if self.full else self.open[0] if self.open else None

    @property
    def last(self) -> Point | None:
        return self.open[-1] if self.open else self.full[-1] if self.full else None

    def append(self, point: Point) -> None:
        self.open.append(point)
        if len(self.open) >= self.stride:
            self.full.append(self.open[0] if self.stride == 1 else self.merge(self.open))
            self.open = []
            if len(self.full) >= self.capacity:
                self._halve()

    def drop_from(self, step: int) -> tuple[int, int, int]:
        """Forget every point at or after ``step``: (lines, first step, last step) that went."""
        gone: list[Point] = []
        for points in (self.open, self.full):
            while points and points[-1].step >= step:
                gone.append(points.pop())
        if not gone:
            return 0, step, step
        return sum(point.count for point in gone), gone[-1].step, gone[0].step

    def _halve(self) -> None:
        pairs = [self.full[i : i + 2] for i in range(0, len(self.full), 2)]
        self.full = [self.merge(pair) if len(pair) == 2 else pair[0] for pair in pairs]
        self.stride *= 2

    def to_dict(self) -> dict[str, Any]:
        return {"stride": self.stride, "full": as_rows(self.full), "open": as_rows(self.open)}

    def restore(self, saved: dict[str, Any]) -> None:
        self.stride = saved["stride"]
        self.full, self.open = from_rows(saved["full"]), from_rows(saved["open"])


def average(points: list[Point]) -> Point:
    """The finite mean of every value, weighted by lines; place and time of the last point."""
    last = points[-1]
    names, means = list(last.values), {}
    if all(point.count == last.count and list(point.values) == names for point in points):
        columns = zip(*(point.values.values() for point in points), strict=True)
        sums = zip(names, map(sum, columns), strict=True)
        means = {name: total / len(points) for name, total in sums}
    if not means or not math.isfinite(sum(means.values())):
        means = _finite_means(points)
    return Point(last.step, last.epoch, last.time, means, sum(point.count for point in points))


def _finite_means(points: list[Point]) -> dict[str, float]:
    """The general and slow way: any point may lack a value, or hold one that is not finite."""
    sums: dict[str, float] = {}
    weights: dict[str, int] = {}
    for point in points:
        for name, number in point.values.items():
            if math.isfinite(number):
                sums[name] = sums.get(name, 0.0) + number * point.count
                weights[name] = weights.get(name, 0) + point.count
    return {name: total / weights[name] for name, total in sums.items()}


def best_point(points: Sequence[Point], metric: str) -> Point | None:
    """The last that our trainer saved as its best; without one, the best by ``metric``.

    A log that lacks ``metric`` is ranked by what it has. ``None`` when there is no number to rank.
    """
    saved = [point for point in points if point.is_best]
    if saved:
        return saved[-1]
    metric = deciding((name for point in points for name in point.values), metric)
    return best_of(points, metric, lambda point: point.values)


def better(points: list[Point], metric: str = "acc") -> Point:
    """Of neighbouring evaluations the best one."""
    best = best_point(points, metric) or points[-1]
    return replace(best, count=sum(point.count for point in points))
