"""PPLCNetV4 and LightSVTR: PaddleOCR's parameter names, two equal forms, finite gradients."""

from __future__ import annotations

import numpy as np
import paddle
import pytest
from paddle import nn

from ppocr_ext.models.build import build_network
from ppocr_ext.models.known import ARCHITECTURES
from ppocr_ext.models.layers import BiasConv2D, use_fast_bias

SMALL = ARCHITECTURES["PP-OCRv6_small_rec"]
CLASSES = 11


def randomise(network: nn.Layer, seed: int = 0) -> None:
    """Give weights and statistics values that a trained network could have."""
    random = np.random.default_rng(seed)
    for name, tensor in network.state_dict().items():
        low, high = (0.5, 1.5) if name.endswith("_variance") else (-0.1, 0.1)
        tensor.set_value(random.uniform(low, high, tensor.shape).astype("float32"))


@pytest.fixture(scope="module")
def images() -> paddle.Tensor:
    random = np.random.default_rng(1)
    return paddle.to_tensor(random.uniform(-1, 1, (2, 3, 48, 120)).astype("float32"))


@pytest.mark.parametrize("size", ["small", "medium", "tiny"])
def test_fusing_keeps_the_output(size: str, images: paddle.Tensor) -> None:
    backbone = {"name": "PPLCNetV4", "model_size": size}
    network = build_network({**SMALL, "Backbone": backbone, "form": "train"}, CLASSES)
    randomise(network)
    network.eval()
    with paddle.no_grad():
        before = network(images)["ctc"]
        network.fuse()
        after = network(images)["ctc"]
    np.testing.assert_allclose(before.numpy(), after.numpy(), atol=1e-5)


def test_fused_network_has_the_names_of_a_fused_training_network() -> None:
    branches = build_network({**SMALL, "form": "train"}, CLASSES)
    branches.fuse()
    fused = build_network(SMALL, CLASSES)
    shapes = {name: tensor.shape for name, tensor in fused.state_dict().items()}
    assert shapes == {name: tensor.shape for name, tensor in branches.state_dict().items()}


def test_parameter_names_are_paddleocrs() -> None:
    """Samples of both forms, as the classes of PaddleOCR's main branch name them."""
    training = build_network({**SMALL, "form": "train"}, CLASSES).state_dict()
    assert training["backbone.conv1.stem2a.conv.weight"].shape == [24, 48, 2, 2]
    assert training["backbone.conv1.stem4.bn._mean"].shape == [96]
    assert training["backbone.blocks2.0.token_mixer.rep_dw.conv.conv.weight"].shape == [96, 1, 3, 3]
    assert training["backbone.blocks2.0.token_mixer.rep_dw.conv1.weight"].shape == [96, 1, 1, 1]
    assert training["backbone.blocks2.0.token_mixer.se.conv1.bias"].shape == [24]
    assert training["backbone.blocks4.0.token_mixer.dw_conv.bn.weight"].shape == [96]
    assert training["backbone.blocks5.2.channel_mixer.compress.bn._variance"].shape == [384]
    fused = build_network(SMALL, CLASSES).state_dict()
    assert fused["backbone.blocks2.0.token_mixer.rep_dw.reparam_conv.bias"].shape == [96]
    assert fused["backbone.blocks4.0.token_mixer.dw_conv.weight"].shape == [96, 1, 3, 3]
    assert fused["head.ctc_encoder.encoder.conv_reduce.norm._mean"].shape == [120]
    assert fused["head.ctc_encoder.encoder.local_conv.0.weight"].shape == [120, 1, 1, 7]
    assert fused["head.ctc_encoder.encoder.local_conv.1.bias"].shape == [120]
    assert fused["head.ctc_encoder.encoder.svtr_block.1.mixer.qkv.weight"].shape == [120, 360]
    assert fused["head.ctc_encoder.encoder.svtr_block.0.mlp.fc1.weight"].shape == [120, 240]
    assert fused["head.ctc_head.fc.weight"].shape == [120, CLASSES]


@pytest.mark.parametrize("width", [120, 336, 960])
def test_steps_follow_the_width_in_training_as_in_evaluation(width: int) -> None:
    """The width trap: upstream pools to 40 steps in training, whatever the width."""
    network = build_network(SMALL, CLASSES)
    picture = paddle.zeros([1, 3, 48, width])
    for mode in (network.train, network.eval):
        mode()
        assert network(picture)["ctc"].shape == [1, width // 8, CLASSES]


def test_fused_network_keeps_its_batch_norm_statistics_while_training(
    images: paddle.Tensor,
) -> None:
    network = build_network(SMALL, CLASSES)
    network.train()
    mean = network.head.ctc_encoder.encoder.skip_conv.norm._mean
    before = mean.numpy().copy()
    network(images)
    np.testing.assert_array_equal(mean.numpy(), before)


@pytest.mark.parametrize("groups", [1, 6])
def test_fast_bias_has_the_plain_value_and_gradients(groups: int) -> None:
    plain = nn.Conv2D(6, 6, 3, padding=1, groups=groups)
    fast = BiasConv2D(6, 6, 3, padding=1, groups=groups)
    fast.set_state_dict(plain.state_dict())
    random = np.random.default_rng(2)
    x = random.normal(size=(2, 6, 8, 9)).astype("float32")
    results = []
    for layer in (plain, fast):
        layer.train()
        entry = paddle.to_tensor(x, stop_gradient=False)
        out = layer(entry)
        (out * out).sum().backward()
        results.append([out, entry.grad, layer.weight.grad, layer.bias.grad])
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-4, atol=1e-4)


def test_fast_bias_reaches_layers_that_others_built() -> None:
    network = nn.Sequential(nn.Conv2D(3, 4, 1), nn.Conv2D(4, 4, 1, bias_attr=False))
    use_fast_bias(network)
    assert [type(layer) for layer in network] == [BiasConv2D, nn.Conv2D]


def test_gradients_stay_finite_at_extreme_inputs() -> None:
    """Paddle's gradient of SiLU is NaN below -88; Swish must be used instead."""
    network = build_network(SMALL, CLASSES)
    randomise(network)
    network.head.ctc_encoder.encoder.skip_conv.norm.bias.set_value(
        np.full(120, -200.0, dtype="float32")
    )
    network.train()
    entry = paddle.to_tensor(np.full((1, 3, 48, 64), 100.0, "float32"), stop_gradient=False)
    network(entry)["ctc"].sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is None or np.isfinite(parameter.grad.numpy()).all(), name
