"""Arrays reach the device; a GPU's host does not wait, and nothing is lost on the way."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import paddle
import pytest

from ppocr_ext.tensors import to_device


def test_a_gpu_fetches_from_pinned_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    to_tensor = paddle.to_tensor

    def pinned(array: np.ndarray, place: object) -> paddle.Tensor:
        asked.append(place)
        return to_tensor(array)

    def cuda(self: paddle.Tensor, device_id: int | None = None, blocking: bool = True) -> Any:
        asked.append(blocking)
        return self

    monkeypatch.setattr(paddle, "get_device", lambda: "gpu:0")
    monkeypatch.setattr(paddle, "CUDAPinnedPlace", lambda: "pinned")
    monkeypatch.setattr(paddle, "to_tensor", pinned)
    monkeypatch.setattr(paddle.Tensor, "cuda", cuda)
    assert to_device(np.arange(3)).tolist() == [0, 1, 2]
    assert asked == ["pinned", False]


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "float32"])
def test_values_and_types_stay(dtype: str) -> None:
    array = np.arange(24).reshape(2, 3, 4).astype(dtype)
    tensor = to_device(array)
    assert tensor.numpy().dtype == array.dtype
    np.testing.assert_array_equal(tensor.numpy(), array)


def test_no_memory_is_lost() -> None:
    """As ``paddle.to_tensor`` does: some hundred megabytes in a million steps."""
    array = np.zeros(4, np.float32)
    to_device(array)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(2000):
        to_device(array)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 100_000  # it would be 208,000
