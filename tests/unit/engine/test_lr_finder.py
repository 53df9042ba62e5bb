"""The learning-rate range test: what it reads from a curve, and that it ends in time."""

from __future__ import annotations

import itertools
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ppocr_ext.engine.lr_finder import RangeTest, find_lr, geometric, range_test
from ppocr_ext.engine.state import TrainState
from ppocr_ext.errors import UserError

RATES = geometric(1e-6, 1.0, 100)


def loss(rate: float) -> float:
    """Falls from 10 around 1e-4, explodes beyond 1e-1."""
    return 10 / (1 + (rate / 1e-4) ** 0.7) + (rate / 0.1) ** 6


class Lines:
    """A batch of which only the lengths of the labels are known."""

    def __init__(self, lengths: np.ndarray) -> None:
        self.lengths = lengths

    def __len__(self) -> int:
        return len(self.lengths)


class FakeStep:
    """A training step whose loss depends on the rate alone."""

    def __init__(self, loss: Any) -> None:
        self.loss = loss
        self.schedule: Any = None
        self.taken: list[float] = []

    def __call__(self, batches: Any, state: TrainState) -> Any:
        rate = self.schedule(state.global_step) * state.lr_factor
        self.taken.append(rate)
        value = self.loss(rate)
        return SimpleNamespace(losses={"loss": value}, applied=math.isfinite(value))


def run(step: Any, state: TrainState | None = None) -> RangeTest:
    return range_test(step, state or TrainState(), iter(lambda: [], None), RATES)


def test_the_suggestion_is_a_third_of_the_largest_rate_that_learns() -> None:
    test = run(FakeStep(loss))
    best = min(RATES, key=loss)
    assert best / 3 < test.rates[test.edge] < best * 3
    assert test.suggestion() == pytest.approx(test.rates[test.edge] / 3)


def test_batches_of_short_and_of_long_lines_are_compared_by_their_characters() -> None:
    lengths = itertools.cycle([np.array([5, 5]), np.array([40, 40])])
    batches = ([Lines(each)] for each in lengths)
    step = FakeStep(loss)
    test = range_test(step, TrainState(), batches, RATES)
    assert test.losses[:2] == pytest.approx([loss(RATES[0]) / 5, loss(RATES[1]) / 40])


def test_it_ends_when_the_loss_diverges() -> None:
    test = run(FakeStep(loss))
    assert len(test.losses) < 100
    assert test.losses[-1] > 4 * min(test.losses)


def test_it_ends_at_a_loss_that_is_not_finite() -> None:
    step = FakeStep(lambda rate: 5.0 if rate < 1e-3 else math.nan)
    test = run(step)
    assert len(test.losses) == len(test.rates) == sum(rate < 1e-3 for rate in RATES)


def test_no_suggestion_when_the_loss_never_falls() -> None:
    assert run(FakeStep(lambda rate: 5.0 + rate)).suggestion() is None


def test_the_rates_are_taken_as_they_are_and_the_state_stays() -> None:
    state = TrainState(global_step=7, lr_factor=0.5)  # after a roll-back
    step = FakeStep(lambda rate: 1.0)
    run(step, state)
    assert step.taken == pytest.approx(RATES)
    assert state == TrainState(global_step=7, lr_factor=0.5)


def test_too_few_steps_are_refused_before_anything_is_built() -> None:
    nothing: Any = None
    with pytest.raises(UserError, match="at least 10 steps"):
        find_lr(nothing, nothing, 3)
