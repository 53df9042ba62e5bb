"""Every activation of our networks, far out: Paddle's own SiLU has a gradient of NaN there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest

from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.upstream import ppocr_home

FAR = np.array([-1e4, -200.0, -100.0, -88.8, 0.0, 88.8, 100.0, 200.0, 1e4], "float32")
# Each with its slope far out on the left and on the right.
ACTIVATIONS: dict[str, tuple[Callable[[paddle.Tensor], paddle.Tensor], float, float]] = {
    "relu": (F.relu, 0.0, 1.0),
    "gelu": (F.gelu, 0.0, 1.0),
    "swish": (F.swish, 0.0, 1.0),
    "hardsigmoid": (F.hardsigmoid, 0.0, 0.0),
    # Of PaddleOCR's own networks:
    "hardswish": (F.hardswish, 0.0, 1.0),
    "relu6": (F.relu6, 0.0, 0.0),
    "sigmoid": (F.sigmoid, 0.0, 0.0),
    "tanh": (F.tanh, 0.0, 0.0),
    "leaky_relu": (F.leaky_relu, 0.01, 1.0),
    "prelu": (lambda x: F.prelu(x, paddle.full([1], 0.25)), 0.25, 1.0),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_value_and_gradient_far_out(name: str) -> None:
    function, left, right = ACTIVATIONS[name]
    x = paddle.to_tensor(FAR, stop_gradient=False)
    y = function(x)
    y.sum().backward()
    assert np.isfinite(y.numpy()).all()
    np.testing.assert_allclose(x.grad.numpy()[:4], left, atol=1e-6)
    np.testing.assert_allclose(x.grad.numpy()[5:], right, atol=1e-6)


EVERY = {"relu", "gelu", "swish", "hardswish", "hardsigmoid", "silu", "sigmoid", "tanh", "elu"}
EVERY |= {"mish", "leaky_relu", "leakyrelu", "prelu", "relu6", "selu", "celu", "softplus"}
EVERY |= {"softsign"}


@pytest.mark.parametrize(
    "folder", [REPOSITORY / "ppocr_ext" / "models", ppocr_home() / "ppocr" / "modeling"]
)
def test_networks_use_no_other(folder: Path) -> None:
    """A new activation must be tried above, and SiLU must not come back."""
    for path in sorted(folder.rglob("*.py")):
        if path.name == "tsrn.py":  # of super-resolution
            continue
        source = path.read_text(encoding="utf-8")
        used = {word.lower() for word in re.findall(r"\b(?:F|nn|paddle)\.(\w+)\(?", source)}
        assert used & EVERY <= set(ACTIVATIONS), path
