"""Anything that may hold a line, as pixels; what cannot be read right says why."""

from __future__ import annotations

import io
import os
from typing import Any, TypeGuard

import numpy as np
from PIL import Image

from ppocr_ext.transforms.image import (
    MAX_PIXELS,
    UnreadableImage,
    decode_image,
    from_pillow,
    on_paper,
    read_encoded,
    to_8_bits,
)

MAX_RATIO = 500  # width / height: 24,000 pixels at the recogniser's height, a thousand letters
SMALLEST_SIDE = 3  # pixels

_FILE = (str, os.PathLike, bytes, bytearray, memoryview)  # a path, or the bytes of a file
Source = str | os.PathLike[str] | bytes | bytearray | memoryview | np.ndarray | Image.Image


def is_one_image(images: Any) -> TypeGuard[Source]:
    """Whether ``images`` is a single :data:`Source`, right or wrong, and not several of them."""
    if isinstance(images, np.ndarray):
        return images.ndim < 4 and images.dtype.kind not in "OU"
    return isinstance(images, (*_FILE, Image.Image))


def load_image(source: Source) -> np.ndarray:
    """A path, an image file's bytes, an array or a Pillow image as ``uint8 [H, W, 3]`` BGR.

    Arrays are [H, W], [H, W, 1], [H, W, 3] (BGR) or [H, W, 4] (BGRA), their values 0..255, 0..65535
    of integers, 0..1 of floats, or bool. Of an animation the first frame counts.
    Raises :class:`UnreadableImage`.
    """
    image = _pixels(source)
    height, width = image.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise UnreadableImage(too_small(height, width))
    if width > MAX_RATIO * height:
        raise UnreadableImage(
            f"{width} x {height} pixels: too wide for its height, at most {MAX_RATIO} to 1 is read"
        )
    return image


def too_small(height: int, width: int) -> str:
    """Why an image of so few pixels is not read."""
    return f"{width} x {height} pixels: too small to hold a line"


def _pixels(source: Source) -> np.ndarray:
    if isinstance(source, np.ndarray):
        return _from_array(source)
    if isinstance(source, Image.Image):
        return from_pillow(source)
    if not isinstance(source, _FILE):
        raise UnreadableImage(
            f"{type(source).__name__} is not an image: "
            "a path, a file's bytes, an array of pixels or a Pillow image is"
        )
    data = read_encoded(source) if isinstance(source, (str, os.PathLike)) else bytes(source)
    _require_few_pixels(data)
    return decode_image(data)


def _require_few_pixels(data: bytes) -> None:
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
    image = to_8_bits(_in_range(image))
    if image.shape[2] == 4:
        image = on_paper(image)
    return np.ascontiguousarray(np.broadcast_to(image, (*image.shape[:2], 3)))


def _in_range(image: np.ndarray) -> np.ndarray:
    """The array; refused when its values are not pixels."""
    if image.dtype == np.uint8 or image.dtype.kind not in "uif":
        return image  # what is not a number is refused by its type
    low, high = image.min(), image.max()
    top = 255 if image.dtype.kind == "f" else 65535
    if not 0 <= low <= high <= top:  # also when one is not a number
        raise UnreadableImage(
            f"an array with values from {low:g} to {high:g}: "
            "pixels are 0..255, 0..1 of floats, or 0..65535 of integers"
        )
    return image
