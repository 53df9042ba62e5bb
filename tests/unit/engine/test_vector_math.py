"""Exponentials that underflow."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import paddle
import pytest

from ppocr_ext.engine import build


@pytest.fixture
def mkl() -> Iterator[ctypes.CDLL]:
    """The library, whose mode is put back afterwards."""
    path = Path(paddle.__file__).parent / "libs" / build._LIBRARY
    if not path.is_file():
        pytest.skip("this Paddle is built without MKL")
    library = ctypes.CDLL(str(path))
    before = library.vmlGetMode()
    library.vmlSetMode(0x1A02)  # as MKL starts: errno, exceptions, a callback
    yield library
    library.vmlSetMode(before)


def gelu_gradient(values: np.ndarray) -> np.ndarray:
    x = paddle.to_tensor(values, stop_gradient=False)
    paddle.nn.functional.gelu(x).sum().backward()
    return x.grad.numpy()


def test_large_features_have_the_same_gradients_without_the_handler(
    mkl: ctypes.CDLL,
) -> None:
    values = np.linspace(-300, 300, 10_001, dtype=np.float32)
    before = gelu_gradient(values)
    assert build.ignore_underflow()
    assert mkl.vmlGetMode() == 0x102  # the precision stays
    after = gelu_gradient(values)
    assert np.array_equal(before, after)
    exact = [
        0.5 * (1 + math.erf(x / math.sqrt(2))) + x * math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
        for x in values.tolist()
    ]
    assert np.allclose(after, exact, atol=1e-5)


def test_paddle_without_mkl_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "_LIBRARY", "none.so")
    assert not build.ignore_underflow()
