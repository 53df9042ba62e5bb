"""The order of steps: resumes, overlaps, damaged steps, and keeping it all for the next time."""

from __future__ import annotations

import json

from ppocr_ext.records.history import History
from ppocr_ext.records.records import Event, Overlap, Point


def point(step: int, loss: float = 1.0) -> Point:
    return Point(step, 1.0, float(step), {"loss": loss})


def steps(history: History) -> list[int]:
    return [p.step for p in history.train]


def fed(*numbers: int) -> History:
    history = History()
    history.trainer = "ours"
    for number in numbers:
        history.add_train(point(number))
    return history


def test_a_resume_replaces_what_it_trains_again() -> None:
    history = fed(10, 20, 30, 40, 50)
    history.add_eval(point(40))
    history.add_event(Event("resume", "resume from latest", 20))
    history.add_train(point(30, loss=9.0))
    assert steps(history) == [10, 20, 30]
    assert history.train.points()[-1].values["loss"] == 9.0
    assert history.evals.points() == []
    assert history.overlaps == [Overlap(30, 50, 3)]


def test_a_run_that_went_back_without_a_word_is_believed_at_the_second_line() -> None:
    history = fed(10, 20, 30, 40, 20)
    assert steps(history) == [10, 20, 30, 40]
    history.add_train(point(30))
    assert steps(history) == [10, 20, 30]
    assert history.overlaps == [Overlap(20, 40, 3)]


def test_a_single_step_that_does_not_fit_is_damage() -> None:
    for odd in (1, 15, 999_999):
        history = fed(10, 20, 30, odd, 40, 50)
        assert steps(history) == [10, 20, 30, 40, 50]
        assert history.account.kinds["damaged"] == 1
        assert not history.overlaps


def test_an_evaluation_beside_a_damaged_step_is_kept() -> None:
    history = fed(10, 20, 30)
    history.plan.eval_every = 10
    history.add_train(point(999_999))
    history.add_eval(point(history.eval_step()))
    history.add_train(point(40))
    assert steps(history) == [10, 20, 30, 40]
    assert [p.step for p in history.evals] == [30]


def test_a_repeated_step_counts_once_and_the_later_wins() -> None:
    history = fed(10, 20)
    history.add_train(point(20, loss=7.0))
    assert steps(history) == [10, 20]
    assert history.train.points()[-1].values["loss"] == 7.0


def test_impossible_losses_and_nan_are_remembered_with_their_steps() -> None:
    history = History()
    for step, loss in ((10, 1.0), (20, float("nan")), (30, float("inf")), (40, 2.0)):
        history.add_train(Point(step, 1.0, None, {"loss": loss, "CTCLoss": 0.0}))
    assert history.odd == {"nan": {"loss": [2, 20, 30]}, "zero": {"CTCLoss": [4, 10, 40]}}
    assert history.extremes == {"loss": [1.0, 10]}


def test_events_stay_bounded() -> None:
    history = History()
    for step in range(5000):
        history.add_event(Event("save", "save model in latest", step))
        history.add_event(Event("warning", "slow", step))
    assert len(history.events) <= 1001
    assert sum(event.name == "save" for event in history.events) == 1
    assert history.events[0].step == 0 and history.events[-1].step == 4999


def test_what_is_kept_continues_like_what_was_never_stopped() -> None:
    whole, first = fed(10, 20, 40, 20), fed(10, 20, 40, 20)
    second = History.from_dict(json.loads(json.dumps(first.to_dict())))
    for history in (whole, second):
        history.add_train(point(30))
        history.add_eval(point(40))
    assert second.to_dict() == whole.to_dict()
    assert steps(second) == [10, 20, 30]
