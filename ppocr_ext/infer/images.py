"""Anything that may hold a line, as pixels; what cannot be read right says why."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from ppocr_ext.transforms.image import (
    MAX_PIXELS,
    UnreadableImage,
    decode_image,
    on_white,
    read_encoded,
    to_8_bits,
)

MAX_RATIO = 4000  # width / height: 192,000 pixels at the recogniser's height
SMALLEST_SIDE = 3  # pixels

Source = np.ndarray | bytes | str | Path


def load_image(source: Source) -> np.ndarray:
    """An array, an image file's bytes or a path as ``uint8 [H, W, 3]`` BGR.

    Arrays are [H, W], [H, W, 1], [H, W, 3] (BGR) or [H, W, 4] (BGRA), uint8, uint16, bool or
    float in 0..1. Of an animation the first frame counts. Raises :class:`UnreadableImage`.
    """
    if isinstance(source, np.ndarray):
        image = _from_array(source)
    else:
        data = source if isinstance(source, bytes) else read_encoded(source)
        _require_few_pixels(data)
        image = decode_image(data)
    height, width = image.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise UnreadableImage(f"{width} x {height} pixels: too small to hold a line")
    if width > MAX_RATIO * height:
        raise UnreadableImage(f"{width} x {height} pixels: too wide for its height")
    return image


def _require_few_pixels(data: bytes | np.ndarray) -> None:
    """Look at the header first: a few bytes can claim gigabytes of pixels."""
    try:
        with Image.open(io.BytesIO(data)) as header:
            width, height = header.size
    except Image.DecompressionBombError:
        raise UnreadableImage("too large") from None
    except Exception:  # the decoder says what is wrong
        return
    if width * height > MAX_PIXELS:
        raise UnreadableImage(f"{width} x {height} pixels: too large")


def _from_array(image: np.ndarray) -> np.ndarray:
    if image.ndim == 2:
        image = image[:, :, None]
    if image.ndim != 3 or image.shape[2] not in (1, 3, 4) or image.size == 0:
        raise UnreadableImage(f"an array of shape {list(image.shape)} is not [H, W, 3]")
    image = to_8_bits(image)
    if image.shape[2] == 4:
        image = on_white(image)
    return np.ascontiguousarray(np.broadcast_to(image, (*image.shape[:2], 3)))
