"""Image files to ``uint8 [H, W, 3]`` BGR arrays, whatever their depth, channels and path."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"IEND"
_JPEG, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_TAIL = 1024  # bytes in which the end mark is looked for: some writers pad behind it
_PNG_COLOUR_TYPE = 25  # byte of the IHDR chunk: 4 and 6 have alpha, 3 (palette) may have it
_PNG_TYPES_WITH_ALPHA = (3, 4, 6)


class UnreadableImage(Exception):
    """The bytes are not an image that can be decoded; the message says why in a few words."""


def decode_image(data: bytes | np.ndarray) -> np.ndarray:
    """Decode an image file's bytes into ``uint8 [H, W, 3]`` BGR.

    Grey becomes three equal channels, 16 bits become 8, EXIF orientation is applied, and
    transparent pixels are laid on white (dropping alpha, as OpenCV does, turns a transparent
    background with black text all black). Raises :class:`UnreadableImage`.
    """
    buffer = np.frombuffer(data, dtype=np.uint8) if isinstance(data, bytes) else data
    if buffer.size == 0:
        raise UnreadableImage("empty file")
    if _is_cut_short(buffer):
        raise UnreadableImage("cut short: the file's end is missing")
    try:
        image = _decode_with_alpha(buffer) if _may_have_alpha(buffer) else None
        if image is None:
            image = cv2.imdecode(buffer, cv2.IMREAD_COLOR)
    except cv2.error as error:  # e.g. more pixels than OpenCV allows
        raise UnreadableImage(str(error.err or error)) from None
    if image is None:
        raise UnreadableImage("not an image that can be decoded")
    return image


def read_image(path: Path | str) -> np.ndarray:
    """Read an image file of any path (Unicode on Windows too). Raises :class:`UnreadableImage`."""
    return decode_image(read_encoded(path))


def read_encoded(path: Path | str) -> np.ndarray:
    """The file's bytes, ``uint8 [size]``. Raises :class:`UnreadableImage`."""
    try:
        return np.fromfile(path, dtype=np.uint8)  # cv2.imread fails on non-ASCII Windows paths
    except FileNotFoundError:
        raise UnreadableImage("no such file") from None
    except OSError as error:
        raise UnreadableImage(error.strerror or str(error)) from None


def _is_cut_short(buffer: np.ndarray) -> bool:
    """Whether a JPEG or PNG lacks its end mark: OpenCV fills the missing part with grey."""
    head, tail = buffer[:8].tobytes(), buffer[-_TAIL:].tobytes()
    if head.startswith(_JPEG):
        return _JPEG_END not in tail
    return head == _PNG and _PNG_END not in tail


def _may_have_alpha(buffer: np.ndarray) -> bool:
    head = buffer[: _PNG_COLOUR_TYPE + 1].tobytes()
    return head.startswith(_PNG) and head[-1] in _PNG_TYPES_WITH_ALPHA


def _decode_with_alpha(buffer: np.ndarray) -> np.ndarray | None:
    """``uint8 [H, W, 3]`` laid on white, or ``None`` when there is no alpha channel after all."""
    image = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim != 3 or image.shape[2] != 4:
        return None
    scale = np.float32(np.iinfo(image.dtype).max)
    colour, alpha = image[..., :3] / scale, image[..., 3:] / scale
    return np.rint((colour * alpha + (1 - alpha)) * 255).astype(np.uint8)
