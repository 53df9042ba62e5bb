"""The fast convolutions equal Paddle's, value and gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import paddle
import pytest
from paddle import nn

from ppocr_ext.config.schema.model import Loss
from ppocr_ext.losses.build import build_criterion
from ppocr_ext.losses.ctc import Targets
from ppocr_ext.models.build import ARCHITECTURES, build_network
from ppocr_ext.models.layers import FastConv2D, use_fast_convolutions
from ppocr_ext.text.charset import Charset

TOLERANCE = 1e-5


def largest_difference(one: paddle.Tensor, other: paddle.Tensor) -> float:
    """Relative to the largest number of the first."""
    return float((one - other).abs().max() / (one.abs().max() + 1e-12))


@pytest.mark.parametrize(
    "options",
    [
        {"kernel_size": 1},
        {"kernel_size": 3, "padding": 1, "groups": 6},
        {"kernel_size": (1, 7), "padding": (0, 3), "groups": 6, "bias_attr": False},
        {"kernel_size": 3, "padding": 1, "groups": 6, "stride": (2, 1)},
        {"kernel_size": 3, "padding": 2, "groups": 6, "dilation": 2},
        {"kernel_size": 3, "groups": 6},
        {"kernel_size": 2, "padding": "SAME", "groups": 2},
    ],
    ids=str,
)
@pytest.mark.parametrize("frozen", ["", "input", "weight", "bias"])
def test_value_and_gradients(options: dict[str, Any], frozen: str) -> None:
    plain, fast = nn.Conv2D(6, 6, **options), FastConv2D(6, 6, **options)
    fast.set_state_dict(plain.state_dict())
    results = []
    for layer in (plain, fast):
        x = paddle.to_tensor(
            np.random.default_rng(2).normal(size=(2, 6, 8, 9)).astype("float32"),
            stop_gradient=frozen == "input",
        )
        layer.weight.stop_gradient = frozen == "weight"
        if layer.bias is not None:
            layer.bias.stop_gradient = frozen == "bias"
        out = layer(x)
        (out * out).sum().backward()
        gradients = [t.grad for t in (x, *layer.parameters())]
        results.append([out, *gradients])
    for one, other in zip(*results, strict=True):
        assert (one is None) == (other is None)
        assert one is None or largest_difference(one, other) < TOLERANCE


def test_layers_that_others_built() -> None:
    network = nn.Sequential(
        nn.Conv2D(3, 4, 1),
        nn.Conv2D(4, 4, 1, bias_attr=False),
    )
    use_fast_convolutions(network)
    assert [type(layer) for layer in network] == [FastConv2D, nn.Conv2D]


def test_a_whole_network() -> None:
    """Loss and every parameter's gradient against the same network of plain convolutions."""
    charset = Charset.from_characters("abcdefgh")
    head = {"CTCHead": {"Neck": {"name": "lightsvtr", "dims": 16, "drop_rate": 0.0}}}
    architecture = {
        "Backbone": {"name": "PPLCNetV4", "model_size": "tiny"},
        "Head": {"name": "MultiHead", "head_list": [head]},
    }
    network = build_network(architecture, charset.num_classes)
    criterion = build_criterion(Loss(), charset, network.outputs)
    random = np.random.default_rng(1)
    images = paddle.to_tensor(random.uniform(-1, 1, (3, 3, 48, 64)).astype("float32"))
    lines = Targets(random.integers(1, 9, (3, 3)).astype("int32"), np.full(3, 3, "int32"))
    results = []
    for kind in (FastConv2D, nn.Conv2D):
        for layer in network.sublayers():
            if isinstance(layer, nn.Conv2D):
                layer.__class__ = kind
        network.train()
        paddle.seed(1)
        loss = criterion.terms["CTCLoss"].term.loss(network(images), lines).mean()
        loss.backward()
        trained = [(n, p) for n, p in network.named_parameters() if p.grad is not None]
        results.append({name: parameter.grad.clone() for name, parameter in trained})
        network.clear_gradients()
    assert results[0].keys() == results[1].keys()
    largest = max(float(gradient.abs().max()) for gradient in results[1].values())
    for name, plain in results[1].items():
        assert float((results[0][name] - plain).abs().max()) < TOLERANCE * largest, name


def test_nothing_is_recorded_below_the_first_trained_layer() -> None:
    charset = Charset.from_characters("ab")
    network = build_network(ARCHITECTURES["PP-OCRv6_tiny_rec"], charset.num_classes)
    images = paddle.zeros([1, 3, 48, 32])
    network.train()
    assert not network.backbone(images).stop_gradient
    for parameter in network.backbone.parameters():
        parameter.stop_gradient = True
    assert network.backbone(images).stop_gradient
