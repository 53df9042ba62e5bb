"""Damaged files of every format: a reading or a reason, never a crash or a hang.

FUZZED_FILES=10000 python -m pytest tests/unit/infer/test_fuzz.py    tries more than CI does.
"""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ppocr_ext.infer import Recognizer

TOGETHER = 100  # files read in one call
FILES = int(os.environ.get("FUZZED_FILES", 600))
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


@pytest.fixture(scope="module")
def recognizer(model_folder: Path) -> Recognizer:
    return Recognizer(model_folder)


@pytest.mark.parametrize("seed", range(max(1, FILES // TOGETHER)))
def test_damaged_files(recognizer: Recognizer, seed: int) -> None:
    random, files = np.random.default_rng(seed), _files()
    chosen = random.integers(len(files), size=(TOGETHER, 2))
    damaged = [_damage(files[first], files[second], random) for first, second in chosen]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, on odd metadata
        readings = recognizer.read(damaged)
    assert len(readings) == TOGETHER
    unread = [reading for reading in readings if reading.error]
    assert 0 < len(unread) < TOGETHER
    assert all(reading.text == "" and reading.confidence == 0.0 for reading in unread)
