"""Rows by evaluation, step, epoch, hour and day; the best one is marked once."""

from __future__ import annotations

import pytest

from ppocr_ext.records.history import History
from ppocr_ext.records.records import Point
from ppocr_ext.records.thinning import best_point
from ppocr_ext.report.trends import reader_share, trend_rows

NOON = 1_800_014_400.0  # a full hour in every time zone that shifts by hours


def history(hours: int = 3) -> History:
    """A line each ten minutes, an evaluation each half hour, an epoch each hour."""
    made = History()
    made.trainer = "ours"
    for number in range(6 * hours):
        step, moment = 10 * (number + 1), NOON + 600 * number
        values = {"loss": 10.0 - number, "ips": 30.0, "avg_reader_cost": 0.2, "avg_batch_cost": 0.8}
        made.add_train(Point(step, float(number // 6 + 1), moment, values))
        if number % 3 == 2:
            acc = {"acc": 0.1 * (number // 3), "loss": 5.0}
            made.add_eval(Point(step, float(number // 6 + 1), moment + 1, acc))
    return made


def test_a_row_runs_from_one_evaluation_to_the_next() -> None:
    rows = trend_rows(history(), "eval")
    assert [row.step for row in rows] == [30, 60, 90, 120, 150, 180]
    assert rows[1].values["loss"] == pytest.approx((7 + 6 + 5) / 3)
    assert rows[1].values["reader_share"] == pytest.approx(0.25)
    assert rows[1].values["val_loss"] == 5.0
    assert [row.is_best for row in rows] == [False] * 5 + [True]


@pytest.mark.parametrize(("by", "steps"), [("epoch", [60, 120, 180]), ("hour", [60, 120, 180])])
def test_longer_rows_end_with_their_last_evaluation(by: str, steps: list[int]) -> None:
    rows = trend_rows(history(), by)
    assert [row.step for row in rows] == steps
    assert [row.values["acc"] for row in rows] == pytest.approx([0.1, 0.3, 0.5])


def test_days() -> None:
    assert sum(len(trend_rows(history(hours), "day")) for hours in (3, 96)) in (5, 6, 7)


def test_steps_are_cut_into_round_widths() -> None:
    rows = trend_rows(history(24), "step")
    assert [row.step for row in rows][:3] == [50, 100, 150]
    assert len(rows) <= 40


def test_without_evaluations_steps_are_shown() -> None:
    made = history()
    made.evals.drop_from(0)
    rows = trend_rows(made, "eval")
    assert len(rows) == 18 and not any(row.is_best for row in rows)
    assert trend_rows(History(), "eval") == []


def test_ties_of_accuracy_go_to_the_other_metrics_and_nan_never_wins() -> None:
    points = [
        Point(1, None, None, {"acc": 0.0, "norm_edit_dis": 0.2}),
        Point(2, None, None, {"acc": 0.0, "norm_edit_dis": 0.3, "cer": 0.9}),
        Point(3, None, None, {"acc": 0.0, "norm_edit_dis": 0.3, "cer": 0.8}),
        Point(4, None, None, {"acc": float("nan"), "norm_edit_dis": 0.9}),
    ]
    best = best_point(points, "acc")
    assert best is not None and best.step == 3
    assert best_point([], "acc") is None


def test_the_readers_share_is_unknown_without_both_times() -> None:
    assert reader_share({"avg_reader_cost": 1.0}) is None
    assert reader_share({"avg_reader_cost": 1.0, "avg_batch_cost": 0.0}) is None
    assert reader_share({"avg_reader_cost": 3.0, "avg_batch_cost": 2.0}) == 1.0
