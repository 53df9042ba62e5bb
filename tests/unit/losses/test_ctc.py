"""CTC and its alignment against sums over all paths, and at their edges."""

from __future__ import annotations

import numpy as np
import paddle
import pytest

from ppocr_ext.losses.ctc import Targets, alignment, ctc_loss, focal
from tests.unit.losses import reference

LABELS = [[1], [1, 2], [2, 2], [1, 2, 1], []]


def targets(*labels: list[int]) -> Targets:
    width = max(1, *map(len, labels))
    padded = [label + [0] * (width - len(label)) for label in labels]
    return Targets(np.array(padded, "int32"), np.array([len(x) for x in labels], "int32"))


def logits(steps: int = 5, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(steps, 3))


@pytest.mark.parametrize("label", LABELS)
def test_value_and_gradient_equal_the_sum_over_all_paths(label: list[int]) -> None:
    at = logits()
    value, gradient = reference.value_and_gradient(lambda z: ctc_loss(z, targets(label)), at[None])
    assert value[0] == pytest.approx(reference.ctc(at, label), rel=1e-9)
    slopes = reference.slopes(lambda z: reference.ctc(z, label), at)
    np.testing.assert_allclose(gradient[0], slopes, atol=1e-7)


def test_lines_of_a_batch_do_not_touch_each_other() -> None:
    at = np.stack([logits(seed=seed) for seed in range(len(LABELS))])
    together, _ = reference.value_and_gradient(lambda z: ctc_loss(z, targets(*LABELS)), at)
    alone = [reference.ctc(one, label) for one, label in zip(at, LABELS, strict=True)]
    np.testing.assert_allclose(together, alone, rtol=1e-9)


def test_nothing_but_empty_labels() -> None:
    at = logits()
    value, _ = reference.value_and_gradient(lambda z: ctc_loss(z, targets([])), at[None])
    assert value[0] == pytest.approx(reference.ctc(at, []), rel=1e-9)


@pytest.mark.parametrize("label", [[1, 2, 1], [1, 1]])
def test_a_label_without_a_path_gives_zero_and_no_gradient(label: list[int]) -> None:
    assert targets(label).min_steps.tolist() == [3]
    value, gradient = reference.value_and_gradient(
        lambda z: ctc_loss(z, targets(label)), logits(2)[None]
    )
    assert value[0] == 0.0 and not gradient.any()


@pytest.mark.parametrize("label", LABELS)
def test_alignment_is_the_share_of_paths_through_each_class(label: list[int]) -> None:
    at = logits()
    gamma = alignment(paddle.to_tensor(at[None]), targets(label))
    np.testing.assert_allclose(gamma.numpy()[0], reference.occupancy(at, label), atol=1e-9)
    assert gamma.stop_gradient


def test_a_label_without_a_path_has_no_alignment() -> None:
    assert not alignment(paddle.to_tensor(logits(2)[None]), targets([1, 1])).numpy().any()


@pytest.mark.parametrize(("alpha", "gamma"), [(0.25, 2.0), (1.0, 0.0), (0.5, 1.5)])
def test_focal_weighs_by_the_chance_of_the_label(alpha: float, gamma: float) -> None:
    def plain(z: np.ndarray) -> float:
        loss = reference.ctc(z, [1, 2])
        return alpha * (1 - np.exp(-loss)) ** gamma * loss

    at = logits()
    value, gradient = reference.value_and_gradient(
        lambda z: focal(ctc_loss(z, targets([1, 2])), alpha, gamma), at[None]
    )
    assert value[0] == pytest.approx(plain(at), rel=1e-9)
    np.testing.assert_allclose(gradient[0], reference.slopes(plain, at), atol=1e-7)
