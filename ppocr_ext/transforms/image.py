"""Image files to ``uint8 [H, W, 3]`` BGR arrays, whatever their format, depth and path.

The one decoder of training, the data check, reading and export: what one of them reads, all do,
and as the same pixels. OpenCV decodes what data sets consist of, Pillow everything else.
"""

from __future__ import annotations

import os
import re
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ppocr_ext import files
from ppocr_ext.packages import require_package
from ppocr_ext.transforms import HEIF_SUFFIXES, MAX_MEGAPIXELS

MAX_PIXELS = 60_000_000  # 180 MB decoded; a line of text needs a hundredth
MAX_BYTES = 512 << 20
_NEARLY_WHITE = 0.75

RESERVED = "a reserved name on Windows"
_RESERVED = re.compile(r"(con|prn|aux|nul|com[1-9]|lpt[1-9])(\..*)?", re.IGNORECASE)
_PNG, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND"
_JPEG, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_PLAIN_WEBP = b"WEBPVP8 "  # lossy WebP without transparency, orientation or further frames
_TAIL = 1024  # bytes in which the end mark is looked for: some writers pad behind it
_PNG_COLOUR_TYPE = 25  # byte of the IHDR chunk: 4 and 6 have alpha, 3 (palette) may have it
_PNG_TYPES_WITH_ALPHA = (3, 4, 6)


# Of damaged and of large files, both of which are reported; in worker processes, too.
warnings.filterwarnings("ignore", module=r"PIL\.")


class UnreadableImage(Exception):
    """The bytes are not an image; the message says why in a few words."""


def decode_image(data: bytes | np.ndarray) -> np.ndarray:
    """Decode an image file's bytes into ``uint8 [H, W, 3]`` BGR.

    Grey becomes three equal channels, 16 bits become 8, EXIF orientation is applied, and
    transparent pixels become paper (dropping alpha, as OpenCV does, turns a transparent
    background with black text all black). Of an animation the first frame counts.
    Raises :class:`UnreadableImage`.
    """
    buffer = np.frombuffer(data, dtype=np.uint8) if isinstance(data, bytes) else data
    if buffer.size == 0:
        raise UnreadableImage("empty file")
    image = _with_opencv(buffer) if _is_for_opencv(buffer) else None
    return _with_pillow(buffer) if image is None else image


def read_image(path: Path | str) -> np.ndarray:
    """Read an image file of any path (Unicode on Windows too). Raises :class:`UnreadableImage`."""
    return decode_image(read_encoded(path))


def from_pillow(image: Image.Image, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """As :func:`decode_image`, of an opened image. Raises :class:`UnreadableImage`."""
    if image.width * image.height > max_pixels:
        raise UnreadableImage(f"{image.width} x {image.height} pixels: too large")
    try:
        return _pixels(image)
    except (MemoryError, Image.DecompressionBombError):
        raise UnreadableImage("too large") from None
    except UnreadableImage:
        raise
    except Exception as error:  # Pillow raises nearly anything on damaged data
        raise damaged(error) from None


def open_picture(path: Path, max_megapixels: float = MAX_MEGAPIXELS) -> Image.Image:
    """What Pillow opens, and HEIC, not decoded. Raises :class:`UnreadableImage`.

    max_megapixels: Pillow's own limit, of the process, is raised to it where that is lower.
    """
    if Image.MAX_IMAGE_PIXELS is not None:  # it refuses twice as many
        Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS, int(max_megapixels * 5e5) + 1)
    if path.suffix.lower() in HEIF_SUFFIXES:
        require_package("pillow_heif")
        import pillow_heif

        pillow_heif.register_heif_opener()
    try:
        return Image.open(path)
    except UnidentifiedImageError:
        raise UnreadableImage("not an image and not a PDF") from None
    except Image.DecompressionBombError:
        raise UnreadableImage(f"over --max-megapixels {max_megapixels:g}") from None
    except Exception as error:
        raise damaged(error) from None


def damaged(error: Exception) -> UnreadableImage:
    """What a decoder says, in a line."""
    what = str(error) or type(error).__name__
    return UnreadableImage(f"damaged: {what.splitlines()[0][:120]}")


def read_encoded(path: os.PathLike[str] | str) -> bytes:
    """The file's bytes. Raises :class:`UnreadableImage`."""
    with reading(path) as size, open(path, "rb") as stream:
        if size > MAX_BYTES:
            raise UnreadableImage(f"{size >> 20} MB: too large for a line")
        return stream.read()  # cv2.imread fails on non-ASCII Windows paths


@contextmanager
def reading(path: os.PathLike[str] | str) -> Iterator[int]:
    """What a file is read in; gives its bytes.

    Raises :class:`UnreadableImage` for what is not a file, and for what the system says of it.
    """
    if is_reserved(path):
        raise UnreadableImage(RESERVED)
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            raise UnreadableImage("not a file")  # a folder, or a pipe that would never end
        yield found.st_size
    except FileNotFoundError:
        is_link = os.path.islink(path)
        raise UnreadableImage("a link to nothing" if is_link else "no such file") from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise UnreadableImage(getattr(error, "strerror", None) or str(error)) from None


def is_reserved(path: os.PathLike[str] | str) -> bool:
    """Whether Windows opens a device, the console or a port, for a file of that name."""
    return files.WINDOWS and _RESERVED.fullmatch(Path(path).name) is not None


def to_8_bits(image: np.ndarray) -> np.ndarray:
    """An array of any depth as uint8: bool, 16 bits, or numbers in 0..1, 0..255 or 0..65535.

    16 bits that hold values of 8 are taken as 8. Raises :class:`UnreadableImage` for an array that
    holds no pixels.
    """
    if image.dtype == np.uint8:
        return image
    if image.dtype == bool:
        return image.astype(np.uint8) * 255
    if image.dtype == np.uint16:
        return (image if image.max() <= 255 else image >> 8).astype(np.uint8)
    if image.dtype.kind in "iuf":
        values = np.nan_to_num(image.astype(np.float32))
        top = float(values.max())
        scale = 255.0 if top <= 1 else 1.0 if top <= 255 else 255.0 / 65535.0
        return np.rint(np.clip(values * scale, 0, 255)).astype(np.uint8)
    raise UnreadableImage(f"an array of {image.dtype} is not pixels")


def on_paper(image: np.ndarray) -> np.ndarray:
    """``uint8 | uint16 [H, W, 4]`` BGRA laid on white: ``uint8 [H, W, 3]``.

    On black when all that is visible, less than half of the image, is nearly white: light text.
    """
    scale = np.float32(np.iinfo(image.dtype).max)
    colour, alpha = image[..., :3] / scale, image[..., 3:] / scale
    on_white = colour * alpha + (1 - alpha)
    is_light_text = on_white.min() > _NEARLY_WHITE and 0 < (alpha > 0.5).mean() < 0.5
    return np.rint((colour * alpha if is_light_text else on_white) * 255).astype(np.uint8)


def _is_for_opencv(buffer: np.ndarray) -> bool:
    """Whether OpenCV reads this file right: a whole JPEG or PNG, or a plain WebP."""
    head = buffer[:16].tobytes()
    if head.startswith((_JPEG, _PNG)):
        return not _is_cut_short(buffer)
    return head.endswith(_PLAIN_WEBP)


def _is_cut_short(buffer: np.ndarray) -> bool:
    """Whether a JPEG or PNG lacks its end mark: OpenCV fills the missing part with grey."""
    head, tail = buffer[:8].tobytes(), buffer[-_TAIL:].tobytes()
    if head.startswith(_JPEG):
        return _JPEG_END not in tail
    return head == _PNG and _PNG_END not in tail


def _with_opencv(buffer: np.ndarray) -> np.ndarray | None:
    """``None``: OpenCV cannot decode it."""
    try:
        image = _decode_with_alpha(buffer) if _may_have_alpha(buffer) else None
        if image is None:
            image = cv2.imdecode(buffer, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
        return None if image is None else to_8_bits(image)
    except cv2.error as error:  # e.g. more pixels than OpenCV allows
        raise UnreadableImage(str(error.err or error)) from None


def _may_have_alpha(buffer: np.ndarray) -> bool:
    head = buffer[: _PNG_COLOUR_TYPE + 1].tobytes()
    return head.startswith(_PNG) and head[-1] in _PNG_TYPES_WITH_ALPHA


def _decode_with_alpha(buffer: np.ndarray) -> np.ndarray | None:
    """``uint8 [H, W, 3]`` laid on white, or ``None`` when there is no alpha channel after all."""
    image = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim != 3 or image.shape[2] != 4:
        return None
    return on_paper(image)


def _with_pillow(buffer: np.ndarray) -> np.ndarray:
    """Pillow refuses files that are cut short, which OpenCV fills with grey."""
    try:
        with Image.open(BytesIO(buffer.data)) as image:
            return from_pillow(image)
    except Image.DecompressionBombError:
        raise UnreadableImage("too large") from None
    except Exception as error:
        if _is_cut_short(buffer):
            raise UnreadableImage("cut short: the file's end is missing") from None
        if isinstance(error, UnreadableImage):
            raise
        raise UnreadableImage("not an image") from None


def _pixels(image: Image.Image) -> np.ndarray:
    """The first frame, upright, on white, in 8 bits: ``uint8 [H, W, 3]`` BGR."""
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):
        return cv2.cvtColor(to_8_bits(np.asarray(image)), cv2.COLOR_GRAY2BGR)
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        return on_paper(cv2.cvtColor(np.asarray(image.convert("RGBA")), cv2.COLOR_RGBA2BGRA))
    return cv2.cvtColor(np.asarray(image.convert("RGB")), cv2.COLOR_RGB2BGR)
