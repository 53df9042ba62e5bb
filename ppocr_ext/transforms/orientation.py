"""EXIF's orientation: which way a stored picture is shown."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

_TAG = 274


def orientation_of(data: bytes) -> int:
    """1..8 of a picture's file; 1, upright as stored, where it says nothing."""
    if data.startswith(b"\xff\xd8") and b"Exif" not in data[: 1 << 16]:
        return 1
    try:
        with Image.open(BytesIO(data)) as image:
            found = image.getexif().get(_TAG, 1)
    except Exception:  # Pillow raises nearly anything on damaged data
        return 1
    return found if found in range(1, 9) else 1


def upright(
    x: float, y: float, orientation: int, width: float, height: float
) -> tuple[float, float]:
    """A point of the stored picture, ``width`` by ``height``, on the one that is shown."""
    if orientation in (5, 6, 7, 8):
        x, y = y, x
        width, height = height, width
    if orientation in (2, 3, 6, 7):
        x = width - x
    if orientation in (3, 4, 7, 8):
        y = height - y
    return x, y
