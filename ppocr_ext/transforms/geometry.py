"""Geometric changes of a line image ``uint8 [H, W, 3]``; ``strength`` 0..1 is how far they go.

OpenCV alone: a general augmentation library costs a second of start-up in every reader, several
times the work per image, and does not know that a line's marks must stay inside the picture.
"""

from __future__ import annotations

import cv2
import numpy as np

Generator = np.random.Generator

_INK = 60  # grey levels from the paper's colour
_CELL = 0.75  # spacing of the elastic grid, in line heights


def warp(image: np.ndarray, rng: Generator, strength: float) -> np.ndarray:
    """Rotation, shear, perspective and a change of width in one resampling.

    Corners move by up to a sixth of the height; the line shrinks so far that nothing leaves the
    picture. The width changes by up to 15 %.
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
    stay, wherever in the picture the line stands.
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
    """First row with ink, and the one after the last; all rows where none is told from paper."""
    difference = cv2.absdiff(image, np.array([*paper, 0], dtype=np.float64)).max(axis=(1, 2))
    rows = np.flatnonzero(difference > _INK)
    return (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, image.shape[0])


def background(image: np.ndarray) -> tuple[int, int, int]:
    """The likely colour of the paper: the median of the outermost rows."""
    blue, green, red = np.median(image[[0, -1]].reshape(-1, 3), axis=0)
    return int(blue), int(green), int(red)
