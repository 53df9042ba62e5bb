"""Images reach the network as PaddleOCR scales them."""

from __future__ import annotations

import numpy as np

from ppocr_ext.models.lines import to_input


def test_pixels_are_scaled_and_padding_is_grey() -> None:
    images = np.full((2, 48, 16, 3), 255, np.uint8)
    x = to_input(images, np.array([16, 8])).numpy()
    assert x.shape == (2, 3, 48, 16)
    assert (x[0] == 1.0).all() and (x[1, :, :, :8] == 1.0).all() and (x[1, :, :, 8:] == 0.0).all()
