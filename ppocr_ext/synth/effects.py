"""What printing and paper do to the ink of a line, before it has a colour.

Every effect takes ``ink``: [H, W] float32, 0 (paper) .. 1 (full ink), a numpy generator and a
strength 0..1, and returns such an array, of the same shape.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

Effect = Callable[[np.ndarray, np.random.Generator, float], np.ndarray]


def _smooth_noise(rng: np.random.Generator, height: int, width: int, cell: float) -> np.ndarray:
    """[height, width] float32 noise 0..1 whose blobs are about ``cell`` pixels wide."""
    small = rng.random((int(height / cell) + 2, int(width / cell) + 2), dtype=np.float32)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 1)


def bleed(ink: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Ink that spreads in paper: strokes thicken and close up."""
    sigma = ink.shape[0] / 48 * (0.4 + 0.7 * strength * rng.random())
    return np.minimum(cv2.GaussianBlur(ink, (0, 0), sigma) * (1.1 + 0.5 * rng.random()), 1.0)


def faint(ink: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Thin, pale print: half-covered edges vanish first."""
    return ink ** (1 + strength * rng.random()) * (1 - 0.5 * strength * rng.random())


def patchy(ink: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Uneven toner: pale patches about a letter wide."""
    height, width = ink.shape
    pale = _smooth_noise(rng, height, width, height * rng.uniform(0.2, 1.0))
    return ink * (1 - 0.7 * strength * rng.random() * pale)


def speckle(ink: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Grains missing from the strokes, as dry toner and thermal paper show."""
    grain = cv2.blur(rng.random(ink.shape, dtype=np.float32), (2, 2))
    return ink * (1 - np.clip((grain - 0.72 + 0.25 * strength) * 4, 0, 0.8))


def thermal(ink: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A thermal head: soft dots, weak heating elements (pale rows), uneven paper feed (columns)."""
    height, width = ink.shape
    soft = cv2.GaussianBlur(ink, (0, 0), height / 48 * (0.5 + 0.6 * strength * rng.random()))
    rows = 1 - 0.35 * strength * rng.random((height, 1), dtype=np.float32) ** 3
    columns = 1 - 0.5 * strength * rng.random() * _smooth_noise(rng, 1, width, height * 0.6)
    weak = 1 - 0.35 * strength * rng.random()
    return np.minimum(soft * 1.2, 1) * rows * columns * weak


def dot_matrix(ink: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A needle printer: the line is sampled on a coarse grid and each cell printed as one dot."""
    height, width = ink.shape
    pitch = max(2.0, height / rng.uniform(20, 26))
    rows, columns = max(1, int(height / pitch)), max(1, int(width / pitch))
    cells = cv2.resize(ink, (columns, rows), interpolation=cv2.INTER_AREA)
    cells = np.clip((cells - 0.25) * 4, 0, 1)
    cells *= 1 - 0.5 * strength * rng.random(cells.shape, dtype=np.float32)
    printed = cv2.resize(cells, (width, height), interpolation=cv2.INTER_NEAREST)
    y = np.cos((np.arange(height, dtype=np.float32) + 0.5) * (2 * np.pi * rows / height))
    x = np.cos((np.arange(width, dtype=np.float32) + 0.5) * (2 * np.pi * columns / width))
    gaps = np.clip(0.5 - (y[:, None] + x[None, :]) * 0.6, 0, 1)
    return cv2.GaussianBlur(printed * (1 - (1 - gaps) * rng.uniform(0.2, 0.6)), (0, 0), pitch * 0.3)


def head_dots(ink: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A till's thermal head: strokes made of a few black dots, closer across than along."""
    height, width = ink.shape
    rows = rng.uniform(20, 34)
    pitch = height / rows
    columns = max(1, round(width / pitch * rng.uniform(0.8, 1.2)))
    cells = cv2.resize(ink, (columns, round(rows)), interpolation=cv2.INTER_AREA)
    cells = np.clip((cells / max(float(cells.max()), 0.1) - rng.uniform(0.25, 0.5)) * 6 + 0.5, 0, 1)
    cells *= 1 - 0.4 * strength * rng.random(cells.shape, dtype=np.float32)
    printed = cv2.resize(cells, (width, height), interpolation=cv2.INTER_LINEAR)
    x = np.arange(width, dtype=np.float32) * np.float32(2 * np.pi * columns / width)
    gaps = rng.uniform(0, 0.45) * (0.5 - 0.5 * np.cos(x + np.float32(np.pi)))
    dotted = printed * (1 - gaps[None, :].astype(np.float32))
    return cv2.GaussianBlur(dotted, (0, 0), pitch * rng.uniform(0.25, 0.6))


def faded(ink: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Pale bands, where the head pressed less or the paper has lost its print."""
    height, width = ink.shape
    rows = _smooth_noise(rng, height, 1, height * rng.uniform(0.3, 0.8))
    columns = _smooth_noise(rng, 1, width, height * rng.uniform(0.5, 3.0))
    pale = rows * rng.uniform(0, 1) + columns * rng.uniform(0, 1)
    return ink * (1 - (0.2 + 0.35 * strength) * np.clip(pale, 0, 1)).astype(np.float32)


def hollow(ink: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Bold letters of which a scanner or its compression kept the edges."""
    core = cv2.erode(ink, _round(ink.shape[0] * rng.uniform(0.02, 0.05)))
    return ink - core * np.float32(0.3 + 0.6 * strength * rng.random())


def outlined(ink: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Letters of a sign drawn as their outline, filled as the paper or half as dark."""
    wide = cv2.dilate(ink, _round(ink.shape[0] * rng.uniform(0.03, 0.06)))
    return wide - ink * np.float32(rng.uniform(0.5, 1.0))


def _round(size: float) -> np.ndarray:
    side = max(3, round(size) // 2 * 2 + 1)
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def engraved(ink: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Letters cut into stone or metal, of its colour: edges that face the light, and shadows."""
    height, width = ink.shape
    depth = height / 48 * rng.uniform(0.7, 1.4)
    soft = cv2.GaussianBlur(ink, (0, 0), depth)
    angle = rng.uniform(0, 2 * np.pi)
    x, y = depth * np.cos(angle), depth * np.sin(angle)
    sides = [
        cv2.warpAffine(soft, np.array([[1, 0, sign * x], [0, 1, sign * y]]), (width, height))
        for sign in (1, -1)
    ]
    relief = (sides[0] - sides[1]) * rng.uniform(0.9, 1.6)
    return np.clip(0.5 + relief * (1 - 0.5 * strength * rng.random()), 0, 1)


def dead_dots(ink: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Heating elements that no longer heat: pale stripes a dot or two wide, from top to bottom."""
    height, width = ink.shape
    left = np.ones(width, np.float32)
    for _ in range(rng.integers(1, 3 + width // (4 * height))):
        start, wide = rng.integers(0, width), max(1, round(height * rng.uniform(0.02, 0.06)))
        left[start : start + wide] = 1 - (0.4 + 0.6 * rng.random()) * max(strength, 0.5)
    return ink * cv2.blur(left[None, :], (max(1, round(height * 0.02)), 1))


def dropout(ink: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Small spots where the paper took no ink: strokes break, whole letters never vanish."""
    height, width = ink.shape
    mask = np.ones_like(ink)
    for _ in range(rng.integers(1, 2 + width // height)):
        at = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        axes = (max(1, int(height * 0.04 * rng.random())), max(1, int(height * 0.1 * rng.random())))
        cv2.ellipse(mask, at, axes, 0, 0, 360, float(1 - 0.9 * strength * rng.random()), -1)
    return ink * np.minimum(cv2.GaussianBlur(mask, (0, 0), height / 48), 1)


def worn(ink: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Scratches and folds: thin straight lines where ink is gone."""
    height, width = ink.shape
    mask = np.ones_like(ink)
    for _ in range(rng.integers(1, 3)):
        x0, x1 = rng.integers(0, width, 2)
        y0, y1 = (0, height) if rng.random() < 0.5 else rng.integers(0, height, 2)
        left = float(1 - 0.8 * strength * rng.random())
        cv2.line(mask, (int(x0), int(y0)), (int(x1), int(y1)), left, 1, cv2.LINE_AA)
    return ink * mask


EFFECTS: dict[str, Effect] = {
    "bleed": bleed,
    "faint": faint,
    "patchy": patchy,
    "speckle": speckle,
    "thermal": thermal,
    "dot_matrix": dot_matrix,
    "head_dots": head_dots,
    "faded": faded,
    "hollow": hollow,
    "outlined": outlined,
    "engraved": engraved,
    "dead_dots": dead_dots,
    "dropout": dropout,
    "worn": worn,
}
