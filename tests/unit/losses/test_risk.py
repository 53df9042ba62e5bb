"""Minimum risk against the expectation over the same readings."""

from __future__ import annotations

import numpy as np
import paddle
import pytest
from rapidfuzz.distance import Levenshtein

from ppocr_ext.losses import risk
from ppocr_ext.losses.ctc import Targets
from ppocr_ext.losses.risk import collapse, risk_loss
from tests.unit.losses import reference

LABELS = [[1, 2], [2, 2]]
TARGETS = Targets(np.array(LABELS, "int32"), np.array([2, 2], "int32"))


def test_equals_the_expectation_over_the_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = np.array([[[1, 0, 2, 0], [2, 1, 0, 2]], [[0, 0, 0, 0], [2, 0, 2, 0]]])  # [2, B, T]
    monkeypatch.setattr(risk, "_sample_paths", lambda *_: paths)
    at = np.random.default_rng(0).normal(size=(2, 4, 3))

    def plain(z: np.ndarray) -> float:
        total = 0.0
        for row, label in enumerate(LABELS):
            readings = {tuple(label), *(collapse(path[row]) for path in paths)}
            p = np.array([np.exp(-reference.ctc(z[row], list(y))) for y in readings])
            d = np.array([Levenshtein.distance(label, y) for y in readings])
            total += (p / p.sum() * d).sum()
        return total

    value, gradient = reference.value_and_gradient(lambda z: risk_loss(z, TARGETS), at)
    assert value.sum() == pytest.approx(plain(at), rel=1e-9)
    np.testing.assert_allclose(gradient, reference.slopes(plain, at), atol=1e-7)


def test_descending_it_makes_the_label_the_reading() -> None:
    paddle.seed(0)
    z = paddle.to_tensor(np.random.default_rng(5).normal(size=(2, 6, 4)), "float32")
    z.stop_gradient = False
    rule = paddle.optimizer.Adam(0.1, parameters=[z])
    for _ in range(60):
        risk_loss(z, TARGETS).mean().backward()
        rule.step()
        rule.clear_grad()
    assert [list(collapse(path)) for path in z.argmax(axis=-1).numpy()] == LABELS


def test_readings_follow_the_generator() -> None:
    z = paddle.to_tensor(np.random.default_rng(1).normal(size=(2, 6, 4)))
    values = []
    for _ in range(2):
        paddle.seed(3)
        values.append(risk_loss(z, TARGETS).numpy())
    np.testing.assert_array_equal(*values)
