"""CTC against a plain reference, and at its edges."""

from __future__ import annotations

from itertools import product

import numpy as np
import paddle
import pytest

from ppocr_ext.losses.ctc import ctc_loss


def brute_force(logits: np.ndarray, label: list[int]) -> float:
    """-log of the summed probability of every path [T] that collapses to ``label``."""
    steps, classes = logits.shape
    log_p = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    total = 0.0
    for path in product(range(classes), repeat=steps):
        merged = [c for i, c in enumerate(path) if i == 0 or c != path[i - 1]]
        if [c for c in merged if c] == label:
            total += np.exp(sum(log_p[t, c] for t, c in enumerate(path)))
    return -np.log(total)


@pytest.mark.parametrize("label", [[1], [1, 2], [2, 2], [1, 2, 1]])
def test_equals_the_sum_over_all_paths(label: list[int]) -> None:
    logits = np.random.default_rng(3).normal(size=(5, 3)).astype("float32")
    padded = np.array([label + [0] * (4 - len(label))], dtype="int32")
    lengths = paddle.to_tensor([len(label)], dtype="int64")
    value = ctc_loss(paddle.to_tensor(logits[None]), paddle.to_tensor(padded), lengths)
    assert float(value) == pytest.approx(brute_force(logits.astype("float64"), label), rel=1e-4)


def test_gradient_is_finite_at_extreme_logits() -> None:
    logits = paddle.to_tensor(np.full((1, 6, 4), 100.0, "float32"), stop_gradient=False)
    logits.stop_gradient = False
    loss = ctc_loss(
        logits * paddle.to_tensor([1.0, -1.0, 1.0, -1.0]),
        paddle.to_tensor([[1, 3]], dtype="int32"),
        paddle.to_tensor([2], dtype="int64"),
    )
    loss.sum().backward()
    assert np.isfinite(float(loss)) and np.isfinite(logits.grad.numpy()).all()
