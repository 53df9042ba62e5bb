"""Frozen layers give the same features, whoever computes them, and stay as they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import paddle
import pytest
from batches import CHARSET, lines
from paddle import nn

from ppocr_ext.config.schema.model import Loss
from ppocr_ext.config.schema.optimizer import Optimizer
from ppocr_ext.engine.build import freeze
from ppocr_ext.engine.frozen import serve_frozen
from ppocr_ext.engine.optimizer import build_optimizer
from ppocr_ext.engine.state import TrainState
from ppocr_ext.engine.step import TrainStep
from ppocr_ext.losses.build import build_criterion
from ppocr_ext.models.build import build_network

NECK = {"name": "lightsvtr", "dims": 16, "depth": 1, "drop_rate": 0.0, "attn_drop_rate": 0.0}
HEAD = {"name": "MultiHead", "head_list": [{"CTCHead": {"Neck": NECK}}]}


def train_step(patterns: list[str], form: str) -> TrainStep:
    paddle.seed(5)
    architecture: dict[str, Any] = {
        "form": form,
        "Backbone": {"name": "PPLCNetV4", "model_size": "tiny"},
        "Head": HEAD,
    }
    network = build_network(architecture, CHARSET.num_classes)
    for layer in network.sublayers():
        if isinstance(layer, nn.BatchNorm2D):  # statistics of their own
            layer._mean.set_value(paddle.randn(layer._mean.shape) * 0.1)
            layer._variance.set_value(paddle.rand(layer._variance.shape) + 0.5)
    freeze(network, patterns)
    return TrainStep(
        network,
        build_criterion(Loss(), CHARSET, 1),
        build_optimizer(network, Optimizer(name="SGD", lr={"learning_rate": 0.01})),
        lambda step: 0.01,
        lines_per_step=4,
    )


@pytest.mark.parametrize(
    ("form", "patterns"),
    [("fused", [r"^backbone\."]), ("train", [r"^backbone\.(conv1|blocks[23])"])],
)
def test_a_step_is_the_same_with_and_without_the_engine(form: str, patterns: list[str]) -> None:
    plain, served = train_step(patterns, form), train_step(patterns, form)
    (note,) = serve_frozen(served.network)
    assert "onnxruntime" in note
    before = {name: tensor.numpy() for name, tensor in served.network.state_dict().items()}
    state = TrainState()
    for seed in (0, 1):
        batch = lines(4, seed)
        expected, found = plain([batch], state), served([batch], state)
        assert found.losses["loss"] == pytest.approx(expected.losses["loss"], rel=1e-5)
        state.global_step += 1
    for name, tensor in served.network.state_dict().items():
        other = plain.network.state_dict()[name].numpy()
        np.testing.assert_allclose(tensor.numpy(), other, atol=1e-5, err_msg=name)
        if any(name.startswith(stage) for stage in ("backbone.conv1", "backbone.blocks3")):
            np.testing.assert_array_equal(tensor.numpy(), before[name], err_msg=name)
    assert any(
        not np.array_equal(tensor.numpy(), before[name])
        for name, tensor in served.network.state_dict().items()
    )


def test_only_what_lies_below_the_first_trained_layer_is_served() -> None:
    served = train_step([r"blocks[3-6]", r"^head\."], "fused").network
    assert serve_frozen(served) == []
    assert served.features is None
