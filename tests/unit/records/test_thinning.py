"""Any number of points in bounded memory, without losing their means or their last step."""

from __future__ import annotations

import math

from ppocr_ext.records.records import Point
from ppocr_ext.records.thinning import Series, average, better


def test_memory_is_bounded_and_means_are_exact() -> None:
    series = Series(64, average)
    for step in range(1, 10_001):
        series.append(Point(step, 1.0, float(step), {"loss": float(step)}))
    points = series.points()
    assert len(points) <= 65 and points[-1].step == 10_000
    assert sum(p.count for p in points) == 10_000
    total = sum(p.values["loss"] * p.count for p in points)
    assert math.isclose(total, 10_000 * 10_001 / 2)
    assert [p.step for p in points] == sorted(p.step for p in points)


def test_the_mean_leaves_out_what_is_not_finite() -> None:
    points = [Point(1, 1.0, None, {"loss": 1.0, "acc": math.nan}), Point(2, 1.0, None, {"loss": 3})]
    assert average(points).values == {"loss": 2.0}
    points[1].values["loss"] = math.inf
    assert average(points).values == {"loss": 1.0}


def test_of_evaluations_the_better_one_stays() -> None:
    points = [Point(n, None, None, {"acc": acc}) for n, acc in ((1, 0.2), (2, 0.5), (3, 0.4))]
    assert (better(points).step, better(points).count) == (2, 3)


def test_dropping_takes_the_open_points_too() -> None:
    series = Series(4, average)
    for step in range(1, 12):
        series.append(Point(step, None, None, {}))
    lines, first, last = series.drop_from(9)
    assert (lines, last) == (3, 11) and first >= 9
    assert series.last is not None and series.last.step == 8
