"""Cross-entropy of a decoder against its formula."""

from __future__ import annotations

import numpy as np
import pytest

from ppocr_ext.losses.build import decoder_loss
from ppocr_ext.losses.ctc import Targets
from tests.unit.losses import reference

LABELS = Targets(np.array([[2, 1, 0], [3, 0, 0], [0, 0, 0]], "int32"), np.array([2, 1, 0], "int32"))
WRITTEN = [[2, 1, 0], [3, 0], [0]]  # the end is class 0


def plain(z: np.ndarray, smoothing: float) -> np.ndarray:
    """z [B, S, classes] -> [B]."""
    losses = []
    for row, truth in zip(z, WRITTEN, strict=True):
        log_p = np.log(reference.softmax(row))
        classes = row.shape[-1]
        steps = []
        for step, character in enumerate(truth[: len(row)]):
            q = np.full(classes, smoothing / (classes - 1))
            q[character] = 1 - smoothing
            steps.append(-(q * log_p[step]).sum())
        losses.append(np.mean(steps))
    return np.array(losses)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("steps", [4, 6, 2])
def test_equals_the_formula(steps: int, smoothing: float) -> None:
    """With as many steps as labels need, with more, and with fewer."""
    at = np.random.default_rng(0).normal(size=(3, steps, 5))
    value, gradient = reference.value_and_gradient(lambda z: decoder_loss(z, LABELS, smoothing), at)
    np.testing.assert_allclose(value, plain(at, smoothing), rtol=1e-9)
    slopes = reference.slopes(lambda z: plain(z, smoothing).sum(), at)
    np.testing.assert_allclose(gradient, slopes, atol=1e-7)


def test_what_follows_the_end_does_not_count() -> None:
    at = np.random.default_rng(0).normal(size=(3, 4, 5))
    _, gradient = reference.value_and_gradient(lambda z: decoder_loss(z, LABELS), at)
    assert not gradient[1, 2:].any() and not gradient[2, 1:].any()
    assert gradient[0, 2].any()  # the end itself does
