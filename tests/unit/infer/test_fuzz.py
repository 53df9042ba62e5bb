"""Damaged files of every format: an array or a reason, never a crash, whatever was damaged."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest
from PIL import Image

from ppocr_ext.infer.images import load_image
from ppocr_ext.infer.lines import prepare
from ppocr_ext.transforms.image import UnreadableImage

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF", "PPM", "JPEG2000", "TGA", "ICO")
MODES = ("RGB", "L", "RGBA", "P", "1", "CMYK")


def _files() -> list[bytes]:
    pixels = np.random.default_rng(0).integers(0, 255, (24, 80, 3), dtype=np.uint8)
    files = []
    for format_name in FORMATS:
        for mode in MODES:
            stream = io.BytesIO()
            try:
                Image.fromarray(pixels).convert(mode).save(stream, format_name)
            except (OSError, KeyError, ValueError):  # a mode that the format does not have
                continue
            files.append(stream.getvalue())
    return files


def _damage(data: bytes, other: bytes, random: np.random.Generator) -> bytes:
    """Cut, overwritten, extended, or continued with another file."""
    start = int(random.integers(len(data)))
    length = int(random.integers(1, 60))
    kind = random.integers(5)
    if kind == 0:
        return data[:start]
    if kind == 1:
        return data[:start] + random.bytes(length) + data[start + length :]
    if kind == 2:
        return data[: start % 64] + random.bytes(2) + data[start % 64 + 2 :]
    if kind == 3:
        return data[:start] + bytes(length) + data[start:]
    return data[:start] + other[int(random.integers(len(other))) :]


@pytest.mark.parametrize("seed", range(4))
def test_damaged_files(seed: int) -> None:
    random, files = np.random.default_rng(seed), _files()
    read = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, on odd metadata
        for _ in range(250):
            first, second = (files[index] for index in random.integers(len(files), size=2))
            try:
                image = load_image(_damage(first, second, random))
            except UnreadableImage as reason:
                assert str(reason)
                continue
            assert image.dtype == np.uint8
            assert image.ndim == 3
            assert all(np.isfinite(piece.pixels).all() for piece in prepare(image))
            read += 1
    assert 0 < read < 250
