"""What light, lens, sensor and file format do to the coloured image of a line.

Every step takes ``image``: [H, W, 3] float32 BGR 0..255, a numpy generator and a strength 0..1,
and returns such an array; only ``enlarge`` and ``pen`` change its size.
"""

from __future__ import annotations

import cv2
import numpy as np

from ppocr_ext.synth.furniture import OVERLAYS, Step

_LEAST_ROWS = 14  # of a crop below which its tone marks are gone


def blur(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Out of focus, more along one axis than along the other."""
    sigma = image.shape[0] / 48 * (0.3 + 1.2 * strength * rng.random())
    return cv2.GaussianBlur(image, (0, 0), sigma * rng.uniform(0.7, 1.3), sigmaY=sigma)


def motion(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The camera moved along a straight line while the shutter was open."""
    length = image.shape[0] / 48 * (1 + 4 * strength * rng.random())
    size = int(length) // 2 * 2 + 3
    angle = rng.uniform(0, np.pi)
    dx, dy = np.cos(angle) * length / 2, np.sin(angle) * length / 2
    kernel = np.zeros((size, size), np.float32)
    for along in np.linspace(-1, 1, 4 * size):
        x, y = size / 2 + along * dx, size / 2 + along * dy
        kernel[int(y), int(x)] += 1
    return cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)


def shrink(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Taken from too far away: fewer pixels, then scaled up again."""
    height, width = image.shape[:2]
    factor = max(1 - 0.55 * strength * rng.random(), min(1.0, _LEAST_ROWS / height))
    size = (max(4, round(width * factor)), max(4, round(height * factor)))
    few = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    again = cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR
    return cv2.resize(few, (width, height), interpolation=again)


def enlarge(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Small letters scaled up by a viewer or a screenshot: larger, with no more detail."""
    factor = 1 + (0.2 + rng.random()) * strength
    way = cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=way)


def shade(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Light that falls off to one side, or the edge of a shadow."""
    height, width = image.shape[:2]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * (height / width)
    angle = rng.uniform(0, 2 * np.pi)
    along = x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))
    if rng.random() < 0.3:  # a shadow's edge, softer or harder
        along = np.tanh((along - rng.uniform(-0.7, 0.7)) * rng.uniform(3, 12))
    light = 1 + along * (0.3 * strength * rng.random()) - 0.15 * strength * rng.random()
    return image * light[..., None].astype(np.float32)


def noise(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Sensor noise, grey or coloured."""
    height, width, channels = image.shape
    sigma = 1 + 13 * strength * rng.random() ** 2
    shape = (height, width, channels if rng.random() < 0.5 else 1)
    return image + rng.standard_normal(shape, dtype=np.float32) * np.float32(sigma)


def contrast(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Exposure and contrast set by someone else's camera or scanner."""
    gain = 1 + strength * rng.uniform(-0.4, 0.3)
    return (image - 128) * np.float32(gain) + np.float32(128 + strength * rng.uniform(-35, 35))


def sharpen(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A phone's sharpening: bright rims around dark strokes."""
    amount = 0.3 + 1.2 * strength * rng.random()
    return image + (image - cv2.GaussianBlur(image, (0, 0), image.shape[0] / 48 * 1.5)) * amount


def jpeg(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Saved before by another program, at a lower quality."""
    quality = int(95 - 65 * strength * rng.random())
    done, data = cv2.imencode(".jpg", to_uint8(image), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise RuntimeError("OpenCV could not encode a JPEG")
    return cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.float32)


def keystone(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Seen at a slant: one end of the line lower than the other, as cutting it out left it."""
    height, width = image.shape[:2]
    left, right = (height * 0.16 * strength * rng.uniform(0, 1, 2) for _ in range(2))
    found = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = found + np.array([[0, left[0]], [0, right[0]], [0, -right[1]], [0, -left[1]]])
    matrix = cv2.getPerspectiveTransform(found, seen.astype(np.float32))
    return cv2.warpPerspective(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def bilevel(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Scanned in black and white, perhaps finer than it is seen: rough edges, dots, holes."""
    height, width = image.shape[:2]
    scale = max(1.0, rng.uniform(36, 72) / height)
    size = (max(4, round(width * scale)), max(4, round(height * scale)))
    return _back(_two_tone(image, size, rng, strength), width, height)


def fax(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Sent by fax: 200 dots an inch across, 100 down, lines lost or repeated."""
    height, width = image.shape[:2]
    rows = max(30, round(height * rng.uniform(0.6, 1.0)))
    size = (max(4, round(2 * width * rows / height)), rows)
    page = _two_tone(image, size, rng, strength)
    for row in rng.integers(0, rows - 1, rng.integers(0, 2 + round(2 * strength))):
        page[row] = page[row + 1]
    return _back(page, width, height)


def _two_tone(
    image: np.ndarray, size: tuple[int, int], rng: np.random.Generator, strength: float
) -> np.ndarray:
    """[H, W, 3] → [size] uint8 of 0 and 255, cut somewhere between ink and paper."""
    grey = cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), size, interpolation=cv2.INTER_LINEAR)
    low, high = np.percentile(grey[::3, ::3], (2, 85))
    grain = cv2.blur(rng.integers(0, 256, grey.shape, dtype=np.uint8), (2, 2))
    rough = cv2.addWeighted(
        grey, 1.0, grain, (high - low) * 0.0017 * strength, 0.0, dtype=cv2.CV_32F
    )
    cut = low + (high - low) * (0.217 * strength + rng.uniform(0.5, 0.72))
    page = cv2.threshold(rough, cut, 255, cv2.THRESH_BINARY)[1].astype(np.uint8)
    specks = rng.poisson(0.002 * strength * page.size * rng.random())
    rows, columns = (rng.integers(0, side, specks) for side in page.shape)
    page[rows, columns] ^= 255
    return page


def _back(page: np.ndarray, width: int, height: int) -> np.ndarray:
    """Two tones as a viewer shows them: averaged to the size of the line."""
    way = cv2.INTER_AREA if page.shape[0] > height else cv2.INTER_LINEAR
    grey = cv2.resize(page, (width, height), interpolation=way).astype(np.float32)
    return np.repeat(grey[..., None], 3, axis=2)


def to_uint8(image: np.ndarray) -> np.ndarray:
    """[H, W, 3] float32 → uint8, rounded, cut to 0..255."""
    return np.clip(image + 0.5, 0, 255).astype(np.uint8)


CAMERA: dict[str, Step] = {
    "contrast": contrast,
    "shade": shade,
    "blur": blur,
    "motion": motion,
    "shrink": shrink,
    "enlarge": enlarge,
    "sharpen": sharpen,
    "noise": noise,
    "jpeg": jpeg,
    "keystone": keystone,
    "bilevel": bilevel,
    "fax": fax,
    **OVERLAYS,
}
