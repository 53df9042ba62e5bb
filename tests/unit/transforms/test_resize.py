"""Resizing: PaddleOCR's rule to the pixel, long lines whole."""

from __future__ import annotations

import numpy as np
import pytest

from ppocr_ext.transforms.resize import pad_batch, rescale, resize_to_height, resized_width


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(320, 48, 320), (100, 32, 150), (101, 33, 147), (1, 500, 1), (9000, 48, 3200)],
)
def test_width_follows_the_ratio_rounded_up(width: int, height: int, expected: int) -> None:
    assert resized_width(width, height) == expected
    resized = resize_to_height(np.zeros((height, width, 3), np.uint8))
    assert resized.shape == (48, expected, 3) and resized.dtype == np.uint8


def test_an_image_of_the_right_height_is_untouched() -> None:
    image = np.random.default_rng(0).integers(0, 256, (48, 77, 3), dtype=np.uint8)
    assert resize_to_height(image) is image


def test_padding() -> None:
    images = [np.full((48, width, 3), 9, np.uint8) for width in (5, 33)]
    batch, widths = pad_batch(images, width_multiple=16)
    assert batch.shape == (2, 48, 48, 3) and widths.tolist() == [5, 33]
    assert batch[0].sum() == 9 * 48 * 5 * 3 and batch[1].sum() == 9 * 48 * 33 * 3
    empty, none = pad_batch([])
    assert empty.shape == (0, 48, 8, 3) and none.shape == (0,)


def test_another_scale_is_another_width_and_for_smaller_ones_less_detail() -> None:
    image = np.random.default_rng(0).integers(0, 256, (48, 90, 3), dtype=np.uint8)
    small, same, large = (rescale(image, scale) for scale in (0.5, 1.0, 1.5))
    assert [each.shape for each in (small, same, large)] == [(48, 45, 3), (48, 90, 3), (48, 135, 3)]
    np.testing.assert_array_equal(same, image)
    rows = [np.abs(np.diff(each.astype(int), axis=0)).mean() for each in (small, large)]
    assert rows[0] < 0.6 * rows[1]
