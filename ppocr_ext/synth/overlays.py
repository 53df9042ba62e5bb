"""What lies over a printed line, or shows through it: seals, pens, the page's other side.

Every step takes ``image``: [H, W, 3] float32 BGR 0..255, a numpy generator and a strength 0..1,
and returns such an array; only ``pen`` makes it wider.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

Step = Callable[[np.ndarray, np.random.Generator, float], np.ndarray]
_SHIFT = 4  # fractional bits of the coordinates that OpenCV draws at


def _fixed(points: np.ndarray) -> np.ndarray:
    """[N, 2] pixels → what OpenCV wants beside ``_SHIFT``."""
    return np.rint(points * (1 << _SHIFT)).astype(np.int32)


def _stained(image: np.ndarray, mask: np.ndarray, colour: np.ndarray, cover: float) -> np.ndarray:
    """Transparent ink of a BGR ``colour`` where ``mask`` [H, W] uint8 is 255: black stays black."""
    kept = (1 - colour / 255).astype(np.float32) * np.float32(cover / 255)
    return image * (1 - mask[..., None].astype(np.float32) * kept)


def _strokes(mask: np.ndarray, lines: list[np.ndarray], thick: int) -> None:
    cv2.polylines(mask, [_fixed(line) for line in lines], False, 255, thick, cv2.LINE_AA, _SHIFT)


def seal(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A part of a round red seal: rings, the letters between them, the star."""
    height, width = image.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    radius = height * rng.uniform(1.2, 3.5)
    centre = np.array((rng.uniform(0, width), height * rng.uniform(-1.5, 2.5)))
    thick = max(1, round(height * rng.uniform(0.03, 0.09)))
    for share in (1.0, 0.93, 0.66):
        middle = tuple(map(int, _fixed(centre)))
        rim = int(radius * share * (1 << _SHIFT))
        cv2.circle(mask, middle, rim, 255, thick, cv2.LINE_AA, _SHIFT)
    angles = np.arange(0, 2 * np.pi, 0.16)[:, None] + rng.uniform(-0.05, 0.05, (40, 4))
    reach = radius * rng.uniform(0.7, 0.89, (40, 4))
    _strokes(mask, list(centre + _around(angles, reach)), thick)
    corners = rng.uniform(0, 2 * np.pi) + np.arange(10) * np.pi / 5
    star = centre + _around(corners, radius * np.where(np.arange(10) % 2, 0.13, 0.33))
    cv2.fillPoly(mask, [_fixed(star)], 255, cv2.LINE_AA, _SHIFT)
    grain = cv2.blur(rng.integers(60, 256, (height, width), dtype=np.uint8), (3, 3))
    red = rng.uniform((40, 20, 180), (120, 100, 245))
    cover = rng.uniform(0.35, 1.0) * (0.4 + 0.6 * strength)
    return _stained(image, cv2.multiply(mask, grain, scale=1 / 255), red, cover)


def _around(angles: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Points at ``angles``, ``reach`` from the origin: [..., 2]."""
    return np.stack((np.cos(angles) * reach, np.sin(angles) * reach), -1)


def pen(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A pen's flourish on more paper after the line, or the tail of a signature across it."""
    height, width = image.shape[:2]
    across = rng.random() < 0.2
    span = width * rng.uniform(0.2, 0.8) if across else height * rng.uniform(0.4, 1.3)
    if across:
        start = rng.uniform(0, max(width - span, 1))
    else:
        start = width - 0.1 * span
        more = round(span * rng.uniform(0.5, 1.2))
        image = cv2.copyMakeBorder(image, 0, 0, 0, more, cv2.BORDER_REPLICATE)
    mask = np.zeros(image.shape[:2], np.uint8)
    knots = int(rng.integers(4, 9))
    x = start + span * np.linspace(0, 1, knots) + rng.normal(0, 0.2 * height, knots)
    y = height * rng.uniform(-0.1, 1.1, knots)
    steps = np.linspace(0, knots - 1, 10 * knots)
    kernel = np.exp(-(((steps[:, None] - np.arange(knots)) / 0.55) ** 2))
    kernel /= kernel.sum(1, keepdims=True)
    curve = np.stack((kernel @ x, kernel @ y), 1)
    _strokes(mask, [curve], max(1, round(height * rng.uniform(0.02, 0.04 if across else 0.06))))
    blue, black = rng.uniform((110, 40, 20), (200, 110, 90)), np.full(3, rng.uniform(10, 70))
    colour = blue if rng.random() < 0.75 else black
    cover = rng.uniform(0.3, 0.6) if across else 0.5 + 0.5 * max(strength, 0.5) * rng.random()
    return _stained(image, mask, colour, cover)


def show_through(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The print of the page's other side, mirrored, pale and soft."""
    height = image.shape[0]
    other = cv2.GaussianBlur(image[:, ::-1], (0, 0), height / 48 * rng.uniform(0.8, 2.0))
    other = np.roll(other, int(rng.integers(-height, height)) // 2, axis=0)
    paper = np.float32(np.percentile(image[::2, ::4], 90))
    return image - np.maximum(paper - other, 0) * np.float32(0.05 + 0.22 * strength * rng.random())


def glare(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A lamp mirrored in glossy paper, glass or a screen."""
    height, width = image.shape[:2]
    x = (np.arange(width, dtype=np.float32) - rng.uniform(0, width)) / (
        height * rng.uniform(0.7, 4.0)
    )
    y = (np.arange(height, dtype=np.float32) - rng.uniform(0, height)) / (
        height * rng.uniform(0.4, 1.5)
    )
    spot = np.exp(-(x[None, :] ** 2 + y[:, None] ** 2)) * np.float32(0.75 * strength * rng.random())
    return image + (255 - image) * spot[..., None]


def scenery(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A picture or a gradient behind the letters, or wood, cloth and leaves."""
    height, width = image.shape[:2]
    cell = height * rng.uniform(0.4, 4.0)
    shape = (int(height / cell) + 2, int(width / cell) + 2, 3)
    tone = rng.normal(0, 1, shape) + rng.normal(0, 1, (*shape[:2], 1))
    blobs = cv2.resize(tone.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    return image + blobs * np.float32(4 + 16 * strength * rng.random())


def moire(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A screen photographed: its pixels against the camera's, as coloured waves."""
    height, width = image.shape[:2]
    across = np.arange(width, dtype=np.float32)[None, :] * np.float32(rng.normal(0, 0.5))
    down = np.arange(height, dtype=np.float32)[:, None] * np.float32(rng.normal(0, 0.5))
    bow = np.float32(rng.normal(0, 0.002)) * (np.arange(width, dtype=np.float32)[None, :] ** 2)
    waves = (across + down + bow * (8 / max(width / height, 1)))[..., None]
    phases = rng.uniform(0, 2 * np.pi) + rng.uniform(0, 1.5, 3).astype(np.float32)
    return image + np.sin(waves + phases) * np.float32(3 + 13 * strength * rng.random())


OVERLAYS: dict[str, Step] = {
    "seal": seal,
    "pen": pen,
    "show_through": show_through,
    "glare": glare,
    "scenery": scenery,
    "moire": moire,
}
