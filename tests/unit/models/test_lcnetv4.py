"""PPLCNetV4 and LightSVTR: two equal forms, the width, fast biases, finite gradients."""

from __future__ import annotations

import numpy as np
import paddle
import pytest
from paddle import nn

from ppocr_ext.models.build import ARCHITECTURES, build_network

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
