"""A step's gradient is that of the mean over its lines, however they are cut up."""

from __future__ import annotations

import json

import numpy as np
import paddle
import pytest
from batches import CHARSET, lines
from paddle import nn

from ppocr_ext.config.schema.model import Loss
from ppocr_ext.config.schema.optimizer import Optimizer
from ppocr_ext.data.batch import Batch
from ppocr_ext.engine.optimizer import build_optimizer, load_moments, parameter_names
from ppocr_ext.engine.state import TrainState
from ppocr_ext.engine.step import GROW_AFTER, LossScale, TrainStep
from ppocr_ext.losses.build import build_criterion

CLASSES = CHARSET.num_classes


class Tiny(nn.Layer):
    """[B, 3, 48, W] -> {"ctc": [B, W/8, classes]}."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2D(3, CLASSES, 8, 8)

    def forward(self, x: paddle.Tensor, labels: paddle.Tensor) -> dict[str, paddle.Tensor]:
        return {"ctc": self.conv(x).mean(axis=2).transpose([0, 2, 1])}


def part(batch: Batch, rows: slice) -> Batch:
    return Batch(
        *(getattr(batch, name)[rows] for name in ("images", "widths", "labels", "lengths")),
        *(getattr(batch, name)[rows] for name in ("texts", "paths", "indices", "problems")),
        skipped=[],
    )


def train_step(lines_per_step: int, rule: str = "SGD", lr: float = 0.1) -> TrainStep:
    paddle.seed(7)
    network = Tiny()
    settings = Optimizer(name=rule, lr={"learning_rate": lr})
    optimizer = build_optimizer(network, settings)
    return TrainStep(
        network, build_criterion(Loss(), CHARSET, 1), optimizer, lambda step: lr, lines_per_step
    )


def weights_after(step: TrainStep, *batches: Batch) -> np.ndarray:
    step(batches, TrainState(), stop=False)
    return step.network.conv.weight.numpy()


def test_accumulated_batches_equal_one_batch() -> None:
    whole = lines(8)
    parts = [part(whole, slice(0, 5)), part(whole, slice(5, 8))]
    np.testing.assert_allclose(
        weights_after(train_step(8), whole), weights_after(train_step(8), *parts), atol=1e-6
    )


def test_a_short_step_is_the_mean_over_its_own_lines() -> None:
    few = lines(3)
    np.testing.assert_allclose(
        weights_after(train_step(3), few), weights_after(train_step(8), few), atol=1e-6
    )


def test_an_empty_batch_changes_nothing_and_is_no_error() -> None:
    step = train_step(8)
    before = step.network.conv.weight.numpy()
    result = step([part(lines(2), slice(0, 0))], TrainState(), stop=False)
    assert result.losses["loss"] == 0.0
    np.testing.assert_array_equal(step.network.conv.weight.numpy(), before)


def test_gradients_are_clipped_to_their_norm_together() -> None:
    step, whole = train_step(8, lr=1.0), lines(8)
    before = [p.numpy() for p in step.parameters]
    free = step([whole], TrainState())
    moved = [old - p.numpy() for old, p in zip(before, step.parameters, strict=True)]
    norm = np.sqrt(sum((part**2).sum() for part in moved))
    assert free.grad_norm == pytest.approx(norm, rel=1e-4)

    clipped = train_step(8, lr=1.0)
    clipped.clip_norm = norm / 4
    clipped([whole], TrainState())
    for old, part, p in zip(before, moved, clipped.parameters, strict=True):
        np.testing.assert_allclose(old - p.numpy(), part / 4, rtol=1e-3, atol=1e-6)


def test_lines_without_a_possible_loss_are_left_out_of_the_mean() -> None:
    batch = lines(4)
    batch.problems[1] = "unreadable image"
    kept = part(batch, slice(0, None))
    rows = [0, 2, 3]
    for name in ("images", "widths", "labels", "lengths"):
        setattr(kept, name, getattr(batch, name)[rows])
    kept.texts, kept.problems = ["abc"] * 3, [""] * 3
    criterion, network = build_criterion(Loss(), CHARSET, 1), train_step(4).network
    from ppocr_ext.models.lines import to_input, to_labels

    values = [
        float(criterion(network(to_input(b.images, b.widths), to_labels(b.labels)), b)["loss"])
        for b in (batch, kept)
    ]
    assert values[0] == pytest.approx(values[1], rel=1e-5)


def test_a_step_that_is_not_finite_leaves_the_weights_alone() -> None:
    step = train_step(8)
    step.network.conv.bias.set_value(np.full(CLASSES, np.nan, "float32"))
    before = step.network.conv.weight.numpy()
    result = step([lines(8)], TrainState(), stop=False)
    assert not result.applied and result.blamed == "conv.bias"
    np.testing.assert_array_equal(step.network.conv.weight.numpy(), before)


def test_optimizer_state_moves_to_a_network_with_other_paddle_names() -> None:
    first = train_step(8, "AdamW")
    first([lines(8)], TrainState(), stop=False)
    saved = {k: v.numpy() for k, v in first.optimizer.state_dict().items() if hasattr(v, "numpy")}
    second = train_step(8, "AdamW")
    second.network.set_state_dict(first.network.state_dict())
    assert parameter_names(first.network) != parameter_names(second.network)
    without = load_moments(second.optimizer, saved, parameter_names(first.network), second.network)
    assert without == []
    first([lines(8, 1)], TrainState(global_step=1), stop=False)
    second([lines(8, 1)], TrainState(global_step=1), stop=False)
    np.testing.assert_array_equal(
        first.network.conv.weight.numpy(), second.network.conv.weight.numpy()
    )


class BadGradient(paddle.autograd.PyLayer):
    """As Paddle's SiLU below -88: a finite value, a gradient that is not."""

    @staticmethod
    def forward(ctx: object, x: paddle.Tensor) -> paddle.Tensor:
        return x * 1.0

    @staticmethod
    def backward(ctx: object, gradient: paddle.Tensor) -> paddle.Tensor:
        return gradient * float("nan")


class Deep(Tiny):
    """Three layers; the gradient breaks between the second and the third."""

    def __init__(self) -> None:
        super().__init__()
        self.middle = nn.Linear(CLASSES, CLASSES)
        self.last = nn.Linear(CLASSES, CLASSES)

    def forward(self, x: paddle.Tensor, labels: paddle.Tensor) -> dict[str, paddle.Tensor]:
        steps = self.middle(super().forward(x, labels)["ctc"])
        return {"ctc": self.last(BadGradient.apply(steps))}


def test_the_layer_where_a_gradient_breaks_is_named() -> None:
    network = Deep()
    optimizer = build_optimizer(network, Optimizer(name="SGD", lr={"learning_rate": 0.1}))
    criterion = build_criterion(Loss(), CHARSET, 1)
    step = TrainStep(network, criterion, optimizer, lambda step: 0.1, 4, clip_norm=1.0)
    result = step([lines(4)], TrainState(), stop=False)
    assert np.isfinite(result.losses["loss"]) and not result.applied
    assert result.blamed == "middle.bias"
    assert not any(parameter.grad.numpy().any() for parameter in network.parameters())


def test_a_step_waits_for_the_device_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read from the device is read together: losses, norm, and what processes report."""
    step, state, batches = train_step(8), TrainState(), [part(lines(8), slice(0, 4)), lines(4)]
    step(batches, state)
    reads: list[str] = []
    for name in ("numpy", "item", "tolist", "__bool__", "__float__", "__int__", "__array__"):
        read = getattr(paddle.Tensor, name)

        def spy(
            self: paddle.Tensor, *args: object, name: str = name, read: object = read
        ) -> object:
            reads.append(name)
            return read(self, *args)  # type: ignore[operator]

        monkeypatch.setattr(paddle.Tensor, name, spy)
    step(batches, state)
    assert reads == ["tolist", "numpy"]  # the one calls the other


def test_it_doubles_after_good_steps_and_halves_at_a_bad_one() -> None:
    scale = LossScale(1024.0, dynamic=True)
    for _ in range(GROW_AFTER - 1):
        scale.update(finite=True)
    assert scale.scale == 1024.0
    scale.update(finite=True)
    assert scale.scale == 2048.0
    scale.update(finite=False)
    assert scale.scale == 1024.0 and scale.good_steps == 0


def test_it_never_falls_below_one_and_says_so() -> None:
    scale = LossScale(2.0, dynamic=True)
    assert scale.can_shrink
    for _ in range(3):
        scale.update(finite=False)
    assert scale.scale == 1.0 and not scale.can_shrink


def test_a_fixed_scale_stays() -> None:
    scale = LossScale(1024.0)
    scale.update(finite=False)
    for _ in range(GROW_AFTER):
        scale.update(finite=True)
    assert scale.scale == 1024.0 and not scale.can_shrink


def test_its_state_is_json_and_continues() -> None:
    scale = LossScale(512.0, dynamic=True, good_steps=7)
    saved = json.loads(json.dumps(scale.state()))
    fresh = LossScale(1024.0, dynamic=True)
    fresh.restore(saved)
    assert fresh == scale
    for now, before in ((LossScale(8.0), saved), (LossScale(8.0, True), LossScale().state())):
        now.restore(before)
        assert now.scale == 8.0, "fixed now, or then: the config's"
    empty = LossScale(8.0, dynamic=True)
    empty.restore({})
    assert empty.scale == 8.0
