"""Every activation of our networks, far out: Paddle's own SiLU has a gradient of NaN there."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest

from ppocr_ext.runtime import REPOSITORY

FAR = np.array([-1e4, -200.0, -100.0, -88.8, 0.0, 88.8, 100.0, 200.0, 1e4], "float32")
# Each with its slope far out on the left and on the right.
ACTIVATIONS: dict[str, tuple[Callable[[paddle.Tensor], paddle.Tensor], float, float]] = {
    "relu": (F.relu, 0.0, 1.0),
    "gelu": (F.gelu, 0.0, 1.0),
    "swish": (F.swish, 0.0, 1.0),
    "hardsigmoid": (F.hardsigmoid, 0.0, 0.0),
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


def test_our_networks_use_no_other() -> None:
    """A new activation must be tried above, and SiLU must not come back."""
    known = {*ACTIVATIONS, "softmax", "log_softmax"}
    every = {"relu", "gelu", "swish", "hardsigmoid", "hardswish", "silu", "sigmoid", "tanh", "elu"}
    every |= {"mish", "leaky_relu", "prelu", "relu6", "selu", "celu", "softplus", "softsign"}
    for path in sorted((REPOSITORY / "ppocr_ext" / "models").glob("*.py")):
        source = path.read_text(encoding="utf-8")
        used = {word.lower() for word in re.findall(r"\b(?:F|nn|paddle)\.(\w+)\(", source)}
        assert used & every <= known, path.name
