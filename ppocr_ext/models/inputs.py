"""Images as a network takes them."""

from __future__ import annotations

import numpy as np
from paddle import Tensor

from ppocr_ext.tensors import to_device


def to_input(images: np.ndarray, widths: np.ndarray) -> Tensor:
    """uint8 BGR [B, H, W, 3] -> float32 [B, 3, H, W] in -1..1, 0 beyond each line's width.

    The same numbers as PaddleOCR's ``RecResizeImg``, computed on the device.
    """
    pixels = to_device(images).astype("float32").transpose([0, 3, 1, 2]) / 127.5 - 1.0
    inside = np.arange(images.shape[2])[None, :] < np.asarray(widths)[:, None]
    if inside.all():
        return pixels
    return pixels * to_device(inside[:, None, None, :].astype("float32"))


def to_labels(labels: np.ndarray) -> Tensor:
    """int32 [B, L] classes, padded with 0 -> int64, for heads that are told what comes before."""
    return to_device(labels.astype("int64"))
