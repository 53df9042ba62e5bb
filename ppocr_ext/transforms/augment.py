"""Augmentation of line images ``uint8 [H, W, 3]``: the operations, how often, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

Generator = np.random.Generator

_MIDDLE = 128  # the grey level that stands for "no change" in a bank of grain or texture
_GRAIN_DEVIATION = 32.0
_BANK_WIDTH = 1 << 13


def light(image: np.ndarray, rng: Generator, strength: float) -> np.ndarray:
    """Brightness, contrast, gamma and a colour cast, by one table per channel."""
    gain, gamma = 1 + strength * rng.uniform([-0.4, -0.3], [0.3, 0.4])
    offset = strength * (rng.uniform(-35, 35) + rng.uniform(-12, 12, 3))
    levels = (np.linspace(0, 1, 256) ** gamma * 255)[:, None]
    table = np.clip((levels - _MIDDLE) * gain + _MIDDLE + offset, 0, 255).astype(np.uint8)
    return cv2.LUT(image, table[:, None, :])


def colour(image: np.ndarray, rng: Generator, strength: float) -> np.ndarray:
    """Channels mixed into one another, up to grey; each keeps its overall level."""
    mix = np.full((3, 3), 1 / 3) if rng.random() < 0.3 else rng.dirichlet((1, 1, 1), 3)
    share = strength * rng.random()
    return cv2.transform(image, (1 - share) * np.eye(3) + share * mix)


def invert(image: np.ndarray, rng: Generator, strength: float) -> np.ndarray:
    """The negative, whatever the strength."""
    return cv2.bitwise_not(image)


def blur(image: np.ndarray, rng: Generator, strength: float) -> np.ndarray:
    """Gaussian blur of up to 1.2 pixels."""
    return cv2.GaussianBlur(image, (5, 5), 0.3 + 0.9 * strength * rng.random())


def motion(image: np.ndarray, rng: Generator, strength: float) -> np.ndarray:
    """A hand's shake: a smear of up to 4 pixels in any direction."""
    reach = 1 + strength * rng.random() * 3
    angle = rng.uniform(0, np.pi)
    half = np.ceil(reach / 2)
    size = int(2 * half + 1)
    kernel = np.zeros((size, size), dtype=np.float32)
    step = np.array([np.cos(angle), np.sin(angle)]) * reach / 2
    start, end = (half - step).round().astype(int), (half + step).round().astype(int)
    cv2.line(kernel, start.tolist(), end.tolist(), 1.0)
    return cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)


def low_resolution(image: np.ndarray, rng: Generator, strength: float) -> np.ndarray:
    """Down to as little as 35 % of the height (17 pixels) and up again: small or far print."""
    height, width = image.shape[:2]
    scale = 1 - 0.65 * strength * rng.random()
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    down = cv2.INTER_AREA if rng.random() < 0.5 else cv2.INTER_LINEAR
    shrunk = cv2.resize(image, small, interpolation=down)
    return cv2.resize(shrunk, (width, height), interpolation=cv2.INTER_LINEAR)


def jpeg(image: np.ndarray, rng: Generator, strength: float) -> np.ndarray:
    """JPEG compression of quality 90 down to 20."""
    quality = int(90 - 70 * strength * rng.random())
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def noise(image: np.ndarray, rng: Generator, strength: float) -> np.ndarray:
    """Gaussian grain of up to 16 grey levels, coloured or grey."""
    share = strength * rng.uniform(2, 16) / _GRAIN_DEVIATION
    grain = _patch(_grain(bool(rng.random() < 0.5)), image, rng)
    return cv2.addWeighted(image, 1, grain, share, -_MIDDLE * share)


def texture(image: np.ndarray, rng: Generator, strength: float) -> np.ndarray:
    """Uneven paper: blotches of several sizes, up to 40 grey levels darker or lighter."""
    share = strength * rng.uniform(0.1, 0.5)
    return cv2.addWeighted(image, 1, _patch(_paper(), image, rng), share, -_MIDDLE * share)


def shadow(image: np.ndarray, rng: Generator, strength: float) -> np.ndarray:
    """Light that falls off across the line, smoothly or at an edge, to as little as 40 %."""
    height, width = image.shape[:2]
    low = 1 - 0.6 * strength * rng.random()
    if rng.random() < 0.5:
        levels = rng.uniform(low, 1, (2, 3))
        mask = cv2.resize(levels.astype(np.float32), (width, height))
    else:
        top, bottom = rng.uniform(0, width, 2)
        edge = np.linspace(top, bottom, height)[:, None] - np.arange(width)
        mask = np.clip(edge / (0.2 * height) + 0.5, low, 1).astype(np.float32)
    return cv2.multiply(image, cv2.merge([mask] * 3), dtype=cv2.CV_8U)


def bleed(image: np.ndarray, rng: Generator, strength: float) -> np.ndarray:
    """Ink that runs into the paper, or thins out: strokes grow or shrink by half a pixel."""
    operation = cv2.erode if rng.random() < 0.5 else cv2.dilate
    shape = ((2, 2), (1, 2), (2, 1))[int(rng.integers(3))]
    changed = operation(image, np.ones(shape, dtype=np.uint8), borderType=cv2.BORDER_REPLICATE)
    share = strength * rng.uniform(0.3, 1.0)
    return cv2.addWeighted(changed, share, image, 1 - share, 0)


def _patch(bank: np.ndarray, image: np.ndarray, rng: Generator) -> np.ndarray:
    """A random part of a bank, of the image's shape."""
    height, width = image.shape[:2]
    top = int(rng.integers(max(1, bank.shape[0] - height)))
    left = int(rng.integers(max(1, bank.shape[1] - width)))
    patch = bank[top : top + height, left : left + width]
    if patch.shape != image.shape:  # larger than any line that the product makes
        patch = cv2.resize(patch, (width, height))
    return patch


@cache
def _grain(coloured: bool) -> np.ndarray:
    """Gaussian grain around 128, drawn once: a random part of it is as good and 20 times faster."""
    channels = 3 if coloured else 1
    rng = np.random.default_rng(channels)
    grain = rng.standard_normal((128, _BANK_WIDTH, channels), dtype=np.float32)
    levels = np.clip(grain * _GRAIN_DEVIATION + _MIDDLE, 0, 255).astype(np.uint8)
    return levels if coloured else np.repeat(levels, 3, axis=2)


@cache
def _paper() -> np.ndarray:
    """Blotches of 4 to 64 pixels around 128, ±80 levels."""
    rng = np.random.default_rng(0)
    total = np.zeros((128, _BANK_WIDTH), dtype=np.float32)
    for size in (4, 16, 64):
        coarse = rng.standard_normal((128 // size + 1, _BANK_WIDTH // size), dtype=np.float32)
        total += cv2.resize(coarse, (_BANK_WIDTH, 128), interpolation=cv2.INTER_CUBIC)
    levels = np.clip(total / total.std() * 30 + _MIDDLE, 48, 208).astype(np.uint8)
    return cv2.merge([levels] * 3)


_INK = 60  # grey levels from the paper's colour
_CELL = 0.75  # spacing of the elastic grid, in line heights


def warp(image: np.ndarray, rng: Generator, strength: float) -> np.ndarray:
    """Rotation, shear, perspective and a change of width in one resampling.

    Corners move by up to a sixth of the height; the line shrinks so far that nothing leaves the
    image. The width changes by up to 15 %.
    """
    height, width = image.shape[:2]
    to_width = max(1, round(width * (1 + strength * rng.uniform(-0.15, 0.15))))
    tilt, lean = strength * height * rng.uniform([-0.16, -0.25], [0.16, 0.25])
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    moved = corners * [to_width / width, 1] + rng.uniform(-0.04, 0.04, (4, 2)) * height * strength
    moved[[1, 2], 1] += tilt
    moved[:2, 0] += lean
    low, high = moved.min(axis=0), moved.max(axis=0)
    moved = (moved - low) * ([to_width, height] / (high - low))
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return cv2.warpPerspective(
        image, matrix, (to_width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def elastic(image: np.ndarray, rng: Generator, strength: float) -> np.ndarray:
    """A smooth random displacement of up to 6 % of the height, as of curled paper."""
    height, width = image.shape[:2]
    cells = max(3, round(width / (height * _CELL)))
    reach = strength * height * 0.06
    coarse = rng.uniform(-reach, reach, (3, cells, 2)).astype(np.float32)
    shift = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    shift[..., 0] += np.arange(width, dtype=np.float32)
    shift[..., 1] += np.arange(height, dtype=np.float32)[:, None]
    return cv2.remap(image, shift, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def pad(image: np.ndarray, rng: Generator, strength: float) -> np.ndarray:
    """Room on all sides, as a looser crop has it, then back to the height.

    Never inwards: a tone mark is often the first row of pixels.
    """
    height = image.shape[0]
    reach = strength * height * np.array([0.25, 0.25, 0.5, 0.5])
    top, bottom, left, right = (int(side) for side in rng.random(4) ** 2 * reach)
    if rng.random() < 0.5:
        border, fill = cv2.BORDER_REPLICATE, (0, 0, 0)
    else:
        border, fill = cv2.BORDER_CONSTANT, background(image)
    padded = cv2.copyMakeBorder(image, top, bottom, left, right, border, value=fill)
    to_width = max(1, round(padded.shape[1] * height / padded.shape[0]))
    return cv2.resize(padded, (to_width, height), interpolation=cv2.INTER_LINEAR)


def erase(image: np.ndarray, rng: Generator, strength: float) -> np.ndarray:
    """A few spots of the background's colour inside the letters' bodies, as of worn print.

    Between 40 % and 75 % of the rows with ink only: the bands of the tone marks, above and below,
    stay, wherever in the image the line stands.
    """
    width = image.shape[1]
    changed = image.copy()
    colour = background(image)
    first, last = _ink_rows(image, colour)
    highest, lowest = first + round((last - first) * 0.4), first + round((last - first) * 0.75)
    for _ in range(1 + int(rng.integers(0, 4) * strength)):
        spot_width, spot_height = rng.integers(2, 3 + max(1, round((last - first) * 0.1)), 2)
        left = int(rng.integers(0, max(1, width - spot_width)))
        top = int(rng.integers(highest, max(highest, lowest - spot_height) + 1))
        changed[top : top + spot_height, left : left + spot_width] = colour
    return changed


def _ink_rows(image: np.ndarray, paper: tuple[int, int, int]) -> tuple[int, int]:
    """First row with ink, and the one after the last; all rows where none differs from paper."""
    difference = cv2.absdiff(image, np.array([*paper, 0], dtype=np.float64)).max(axis=(1, 2))
    rows = np.flatnonzero(difference > _INK)
    return (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, image.shape[0])


def background(image: np.ndarray) -> tuple[int, int, int]:
    """The likely colour of the paper: the median of the outermost rows."""
    blue, green, red = np.median(image[[0, -1]].reshape(-1, 3), axis=0)
    return int(blue), int(green), int(red)


_IN_ORDER = (  # as a line comes to be: the page, its shape, the light, the lens, the file
    bleed,
    erase,
    texture,
    elastic,
    warp,
    pad,
    shadow,
    light,
    colour,
    invert,
    motion,
    blur,
    low_resolution,
    noise,
    jpeg,
)


@dataclass(frozen=True)
class Augment:
    """``Augment(...)(image, rng, strength)`` → an image of the same height.

    Each field is the probability of the operation of that name at strength 1. Strength, 0..1,
    scales both the probabilities and how far each operation goes.
    """

    bleed: float = 0.15
    erase: float = 0.05
    texture: float = 0.15
    elastic: float = 0.15
    warp: float = 0.4
    pad: float = 0.4
    shadow: float = 0.1
    light: float = 0.4
    colour: float = 0.15
    invert: float = 0.03
    motion: float = 0.08
    blur: float = 0.2
    low_resolution: float = 0.2
    noise: float = 0.2
    jpeg: float = 0.2

    def __call__(self, image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
        happens = rng.random(len(_IN_ORDER)) < np.array([*vars(self).values()]) * strength
        for position in np.flatnonzero(happens):
            image = _IN_ORDER[position](image, rng, strength)
        return image
