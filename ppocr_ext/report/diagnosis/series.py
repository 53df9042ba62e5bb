"""Small calculations that the rules share."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from ppocr_ext.records.records import Point, value
from ppocr_ext.report.report import Report

HARDLY_A_LINE = 0.01  # acc


def numbers(points: Sequence[Point], name: str) -> list[float]:
    """The finite values of that name, in order."""
    return [v for point in points if (v := value(point, name)) is not None]


def hardly_reads(evals: Sequence[Point]) -> bool:
    """Whether accuracy is known, and no evaluation read one line in a hundred."""
    accuracies = numbers(evals, "acc")
    return bool(accuracies) and max(accuracies) < HARDLY_A_LINE


def since_swap(report: Report, points: Sequence[Point], *parts: str) -> list[Point]:
    """The points after the last recorded change of keys that hold one of ``parts``.

    What such a change does is known: only what came later can be compared.
    """
    last = max((swap.step for swap in report.swaps if swap.touches(*parts)), default=-1)
    return [point for point in points if point.step > last]


def change(points: Sequence[Point], name: str) -> float | None:
    """From the first to the last value; ``None`` without two of them."""
    values = numbers(points, name)
    return values[-1] - values[0] if len(values) > 1 else None


def slope(points: Sequence[Point], name: str) -> float | None:
    """Least-squares change from the first to the last point; ``None`` without three values."""
    values = numbers(points, name)
    if len(values) < 3:
        return None
    middle = (len(values) - 1) / 2
    mean = statistics.fmean(values)
    spread = sum((i - middle) ** 2 for i in range(len(values)))
    rise = sum((i - middle) * (v - mean) for i, v in enumerate(values)) / spread
    return rise * (len(values) - 1)


def typical(points: Sequence[Point], name: str) -> float | None:
    """The median; ``None`` when there is no value."""
    values = numbers(points, name)
    return statistics.median(values) if values else None


def last_part(points: Sequence[Point], part: float = 0.1, least: int = 5) -> Sequence[Point]:
    """The end of a series: a tenth of it, or ``least`` points."""
    return points[-max(int(len(points) * part), least) :]
