"""Images reach the device as PaddleOCR scales them; a GPU's host does not wait."""

from __future__ import annotations

from typing import Any

import numpy as np
import paddle
import pytest

from ppocr_ext.models.inputs import to_device, to_input


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


def test_pixels_are_scaled_and_padding_is_grey() -> None:
    images = np.full((2, 48, 16, 3), 255, np.uint8)
    x = to_input(images, np.array([16, 8])).numpy()
    assert x.shape == (2, 3, 48, 16)
    assert (x[0] == 1.0).all() and (x[1, :, :, :8] == 1.0).all() and (x[1, :, :, 8:] == 0.0).all()
