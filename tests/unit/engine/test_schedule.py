"""The learning rate is what the YAML says, at every step, for every shape."""

from __future__ import annotations

import itertools
import math

import pytest

from ppocr_ext.config.schema.optimizer import LearningRate
from ppocr_ext.engine.schedule import build_schedule

PER_EPOCH, TOTAL = 10, 100


def rates(total: int = TOTAL, **lr: object) -> list[float]:
    schedule = build_schedule(LearningRate(**lr), PER_EPOCH, total)
    return [schedule(step) for step in range(total)]


def test_constant() -> None:
    assert rates(name="Const", learning_rate=0.1) == [0.1] * TOTAL


def test_cosine_goes_from_base_to_the_end() -> None:
    curve = rates(name="Cosine", learning_rate=1.0, end_lr=0.1)
    assert curve[0] == 1.0
    assert curve[50] == pytest.approx(0.55)
    assert curve[-1] == pytest.approx(0.1, abs=1e-3)
    assert all(a > b for a, b in itertools.pairwise(curve))


def test_warm_up_is_linear_and_meets_the_curve() -> None:
    curve = rates(name="Cosine", learning_rate=1.0, warmup_steps=20)
    assert curve[:20] == pytest.approx([(step + 1) / 20 for step in range(20)])
    assert curve[20] == 1.0
    by_epochs = rates(name="Cosine", learning_rate=1.0, warmup_epoch=2)
    assert by_epochs == curve


def test_past_the_end_the_last_rate_holds() -> None:
    """Stock PaddleOCR climbs again past T_max."""
    schedule = build_schedule(LearningRate(name="Cosine", learning_rate=1.0), PER_EPOCH, TOTAL)
    assert schedule(TOTAL + 50) == schedule(TOTAL - 1) < 0.001


def test_piecewise_and_steps_count_epochs() -> None:
    curve = rates(name="Piecewise", decay_epochs=[3, 6], values=[1.0, 0.5, 0.1])
    assert (curve[29], curve[30], curve[60]) == (1.0, 0.5, 0.1)
    curve = rates(name="Step", learning_rate=1.0, step_size=4, gamma=0.5)
    assert (curve[39], curve[40], curve[80]) == (1.0, 0.5, 0.25)
    curve = rates(name="MultiStep", learning_rate=1.0, milestones=[2, 5], gamma=0.5)
    assert (curve[19], curve[20], curve[50]) == (1.0, 0.5, 0.25)


def test_linear_and_polynomial() -> None:
    assert rates(name="Linear", learning_rate=1.0)[50] == pytest.approx(0.5)
    assert rates(name="Linear", learning_rate=1.0, power=2.0)[50] == pytest.approx(0.25)


def test_one_cycle_rises_to_its_peak_then_falls() -> None:
    curve = rates(name="OneCycle", max_lr=1.0, divide_factor=10.0, pct_start=0.25)
    assert curve[0] == pytest.approx(0.1)
    assert max(curve) == curve[25] == 1.0
    assert curve[-1] < 0.01
    three = rates(name="OneCycle", max_lr=1.0, divide_factor=10.0, pct_start=0.25, three_phase=True)
    assert three[50] == pytest.approx(0.1)


def test_cyclical_cosine_comes_back() -> None:
    curve = rates(name="CyclicalCosine", learning_rate=1.0, cycle=2)
    assert curve[0] == curve[20] == curve[40] == 1.0
    assert curve[19] < 0.02


@pytest.mark.parametrize("name", ["Const", "Cosine", "Linear", "CyclicalCosine"])
def test_every_rate_is_finite_and_not_negative(name: str) -> None:
    for total in (1, 2, 7):
        for rate in rates(total=total, name=name, learning_rate=1e-3, warmup_steps=5, cycle=1):
            assert math.isfinite(rate) and rate >= 0


def test_after_a_change_of_the_batches_epochs_keep_their_place() -> None:
    """Half of ten epochs took 100 steps; batches four times as large then take five an epoch."""
    per_epoch, first, total = 5, 100 - 25, 100 + 25
    lr = LearningRate(name="Piecewise", decay_epochs=[7], values=[1.0, 0.1])
    steps = build_schedule(lr, per_epoch, total, first)
    assert [steps(step) for step in (100, 109, 110, 124)] == [1.0, 1.0, 0.1, 0.1]
    cosine = build_schedule(LearningRate(name="Cosine", learning_rate=1.0), per_epoch, total, first)
    assert cosine(100) == pytest.approx(0.5) and cosine(124) < 0.01
    warm = LearningRate(name="Cosine", learning_rate=1.0, warmup_steps=80)
    assert build_schedule(warm, per_epoch, total, first)(80) == 1.0, "no second warm-up"
