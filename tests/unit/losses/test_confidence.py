"""Entropy and calibration against their formulas."""

from __future__ import annotations

import numpy as np
import pytest

from ppocr_ext.losses.confidence import calibration_loss, entropy_loss
from ppocr_ext.losses.ctc import Targets
from tests.unit.losses import reference


def test_entropy_equals_the_formula() -> None:
    def plain(z: np.ndarray) -> float:
        p = reference.softmax(z)
        return float((1 + (p * np.log(p)).sum(-1) / np.log(p.shape[-1])).mean(1).sum())

    at = np.random.default_rng(0).normal(size=(2, 3, 4))
    value, gradient = reference.value_and_gradient(entropy_loss, at)
    assert value.sum() == pytest.approx(plain(at), rel=1e-9)
    np.testing.assert_allclose(gradient, reference.slopes(plain, at), atol=1e-7)


def test_entropy_runs_from_undecided_to_certain() -> None:
    certain = np.zeros((1, 3, 4))
    certain[..., 1] = 100.0
    assert reference.value_and_gradient(entropy_loss, certain)[0][0] == pytest.approx(1.0)
    flat = reference.value_and_gradient(entropy_loss, np.zeros((1, 3, 4)))[0][0]
    assert flat == pytest.approx(0.0, abs=1e-12)


def line(*best: int) -> np.ndarray:
    """Logits [1, T, 4] whose greedy path is ``best``."""
    logits = np.random.default_rng(0).uniform(0, 0.5, (1, len(best), 4))
    logits[0, range(len(best)), best] += 1.5
    return logits


@pytest.mark.parametrize(
    ("path", "label", "right"),
    [
        ([1, 1, 0, 2], [1, 2], 1),
        ([1, 1, 0, 2], [1, 1, 2], 0),
        ([1, 0, 1, 2], [1, 1, 2], 1),
        ([0, 0, 0, 3], [], 0),
    ],
)
def test_calibration_is_the_brier_score_of_the_reading(
    path: list[int], label: list[int], right: int
) -> None:
    at = line(*path)
    written = [t for t, c in enumerate(path) if c and (t == 0 or path[t - 1] != c)]

    def plain(z: np.ndarray) -> float:
        return (reference.softmax(z[0])[written].max(-1).mean() - right) ** 2

    targets = Targets(np.array([(label + [0] * 4)[:4]], "int32"), np.array([len(label)], "int32"))
    value, gradient = reference.value_and_gradient(lambda z: calibration_loss(z, targets), at)
    assert value[0] == pytest.approx(plain(at), rel=1e-9)
    np.testing.assert_allclose(gradient, reference.slopes(plain, at), atol=1e-7)


def test_an_empty_reading_of_an_empty_line_is_no_error_and_no_gradient() -> None:
    targets = Targets(np.zeros((1, 1), "int32"), np.zeros(1, "int32"))
    value, gradient = reference.value_and_gradient(
        lambda z: calibration_loss(z, targets), line(0, 0)
    )
    assert np.isfinite(value).all() and not gradient.any()
