"""The end of the plan, and targets with their uncertainty."""

from __future__ import annotations

import random

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.records.history import History
from ppocr_ext.records.records import Point
from ppocr_ext.report.forecast import (
    Target,
    estimate,
    seconds_left,
    seconds_per_step,
    total_steps,
)


def falling(last: int, power: float = -0.5, noise: float = 0.0) -> History:
    """CER = step to the ``power``, one evaluation each 1,000 steps."""
    generator, history = random.Random(1), History()
    for step in range(1000, last + 1, 1000):
        cer = step**power * (1 + noise * generator.uniform(-1, 1))
        history.add_eval(Point(step, None, None, {"cer": cer, "acc": 1 - cer}))
    return history


def test_a_power_law_is_continued() -> None:
    found = estimate(falling(20_000), Target("cer", 0.005))
    assert found.step == pytest.approx(40_000, rel=0.01)
    assert estimate(falling(20_000), Target("acc", 0.995)).step == pytest.approx(40_000, rel=0.01)


def test_noise_widens_the_range() -> None:
    found = estimate(falling(20_000, noise=0.1), Target("cer", 0.005))
    assert found.earliest is not None and found.step is not None
    assert found.earliest < found.step
    assert found.latest is None or found.latest > found.step
    assert 30_000 < found.step < 60_000


def test_a_target_that_was_reached_tells_when() -> None:
    found = estimate(falling(20_000), Target("cer", 0.01))
    assert found.reached and found.step == 10_000


def test_no_progress_has_no_date_and_few_evaluations_say_so() -> None:
    assert estimate(falling(20_000, power=0.0), Target("cer", 0.5)).step is None
    few = estimate(falling(2000), Target("cer", 0.001))
    assert few.step is None and "evaluations" in few.why


@pytest.mark.parametrize("text", ["cer", "cer=", "cer=x", "cer=2", "loss=0.5", "cer=nan", "=0.1"])
def test_a_wrong_target_is_said_with_an_example(text: str) -> None:
    with pytest.raises(UserError, match=r"--target cer=0\.01"):
        Target.parse(text)


def timed(*points: tuple[int, float]) -> History:
    history = History()
    history.trainer = "ours"
    for step, moment in points:
        history.add_train(Point(step, 1.0, moment, {"loss": 1.0}))
    return history


def test_pauses_are_no_training_time() -> None:
    history = timed(*((10 * n, 20.0 * n + (50_000 if n > 5 else 0)) for n in range(1, 12)))
    assert seconds_per_step(history) == pytest.approx(2.0)
    history.plan.steps = 210
    assert seconds_left(history) == pytest.approx(200.0)


def test_the_plan_comes_from_epochs_or_from_the_logs_own_estimate() -> None:
    history = timed((10, 1.0), (20, 2.0))
    assert total_steps(history) is None and seconds_left(history) is None
    history.train.points()[-1].values.update(eta_seconds=80.0, avg_batch_cost=1.0)
    assert total_steps(history) == 100
    history.plan.epochs, history.plan.steps_per_epoch = 3, 50
    assert total_steps(history) == 150
