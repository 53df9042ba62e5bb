"""How many training lines had been seen at a step."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from ppocr_ext.records.records import Point, value


class LinesSeen:
    """Sums the lines per step that the log tells (``avg_samples``).

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
