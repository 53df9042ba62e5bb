"""Anything that may hold a line, as pixels; what cannot be read right says why."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from ppocr_ext.transforms.image import UnreadableImage, decode_image

MAX_PIXELS = 60_000_000  # 180 MB decoded; a line of text needs a hundredth
MAX_BYTES = 512 << 20
MAX_RATIO = 4000  # width / height: 192,000 pixels at the recogniser's height
SMALLEST_SIDE = 3  # pixels

# Formats that OpenCV decodes as it did in training, and how their files end.
_ENDINGS = {"JPEG": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82"}
_OPENCV_MODES = {"1", "L", "P", "RGB", "RGBA", "LA", "I;16"}

Source = np.ndarray | bytes | str | Path


def load_image(source: Source) -> np.ndarray:
    """An array, an image file's bytes or a path as ``uint8 [H, W, 3]`` BGR.

    Arrays are [H, W], [H, W, 1], [H, W, 3] (BGR) or [H, W, 4] (BGRA), uint8, uint16, bool or
    float in 0..1. Of an animation the first frame counts. Raises :class:`UnreadableImage`.
    """
    if isinstance(source, np.ndarray):
        image = _from_array(source)
    else:
        data = source if isinstance(source, bytes) else _read_bytes(Path(source))
        image = _decode(data)
    height, width = image.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise UnreadableImage(f"{width} x {height} pixels: too small to hold a line")
    if width > MAX_RATIO * height:
        raise UnreadableImage(f"{width} x {height} pixels: too wide for its height")
    return image


def _read_bytes(path: Path) -> bytes:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise UnreadableImage("not a file")  # a folder, or a pipe that would never end
        if found.st_size > MAX_BYTES:
            raise UnreadableImage(f"{found.st_size >> 20} MB: too large for a line")
        return path.read_bytes()
    except FileNotFoundError:
        raise UnreadableImage("no such file") from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise UnreadableImage(getattr(error, "strerror", None) or str(error)) from None


def _decode(data: bytes) -> np.ndarray:
    """Look at the header first: how many pixels, and who decodes them best."""
    if not data:
        raise UnreadableImage("empty file")
    try:
        with Image.open(io.BytesIO(data)) as header:
            if header.width * header.height > MAX_PIXELS:
                raise UnreadableImage(f"{header.width} x {header.height} pixels: too large")
            ending = _ENDINGS.get(header.format or "")
            if ending and header.mode in _OPENCV_MODES and data.endswith(ending):
                return decode_image(data)
            return _with_pillow(header)
    except UnreadableImage:
        raise
    except Image.UnidentifiedImageError:
        raise UnreadableImage("not an image") from None
    except (MemoryError, Image.DecompressionBombError):
        raise UnreadableImage("too large") from None
    except Exception as error:  # Pillow's decoders raise nearly anything on damaged data
        what = str(error) or type(error).__name__
        raise UnreadableImage(f"damaged: {what.splitlines()[0][:120]}") from None


def _with_pillow(image: Image.Image) -> np.ndarray:
    """The first frame, upright, on white, in 8 bits. Pillow refuses files that are cut short."""
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):
        return _from_array(np.asarray(image))
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])


def _from_array(image: np.ndarray) -> np.ndarray:
    if image.ndim == 2:
        image = image[:, :, None]
    if image.ndim != 3 or image.shape[2] not in (1, 3, 4) or image.size == 0:
        raise UnreadableImage(f"an array of shape {list(image.shape)} is not [H, W, 3]")
    image = _to_8_bits(image)
    if image.shape[2] == 4:
        alpha = image[:, :, 3:] / np.float32(255)
        image = np.rint(image[:, :, :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(image, (*image.shape[:2], 3)))


def _to_8_bits(image: np.ndarray) -> np.ndarray:
    if image.dtype == np.uint8:
        return image
    if image.dtype == bool:
        return image.astype(np.uint8) * 255
    if image.dtype == np.uint16:
        return (image >> 8).astype(np.uint8)
    if image.dtype.kind in "iuf":
        values = np.nan_to_num(image.astype(np.float32))
        top = float(values.max())
        scale = 255.0 if top <= 1 else 1.0 if top <= 255 else 255.0 / 65535.0
        return np.clip(values * scale, 0, 255).astype(np.uint8)
    raise UnreadableImage(f"an array of {image.dtype} is not pixels")
