"""Places of text on a picture, quadrilaterals: how large, how they lie, cut out; pictures turned.

A box is float32 [4, 2]: corners TL TR BR BL as the text reads.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

_ROTATIONS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def size_of(box: np.ndarray) -> tuple[float, float]:
    """(width, height): mean lengths of the sides along the text and across it."""
    top, right, bottom, left = np.linalg.norm(np.roll(box, -1, axis=0) - box, axis=1)
    return float(top + bottom) / 2, float(right + left) / 2


def ordered(corners: np.ndarray) -> np.ndarray:
    """Corners of a rectangle float [4, 2] in their circular order, from the top left clockwise.

    The top is the upper one of the two sides nearest to level, whatever the tilt: sorting by x
    first goes wrong for boxes that are nearly upright.
    """
    edges = np.roll(corners, -1, axis=0) - corners
    level = np.abs(edges[:, 0]) >= np.abs(edges[:, 1])
    if level.all() or not level.any():  # a tilt of exactly 45 degrees
        level = np.array([True, False, True, False])
    middles = (corners + np.roll(corners, -1, axis=0))[:, 1]
    start = int(np.where(level, middles, np.inf).argmin())
    return np.roll(corners, -start, axis=0) if edges[start, 0] > 0 else _reversed(corners, start)


def _reversed(corners: np.ndarray, start: int) -> np.ndarray:
    return np.roll(corners[::-1], start + 2, axis=0)


def turned(box: np.ndarray, quarters: int) -> np.ndarray:
    """The same place, read after turning the picture clockwise by so many quarters."""
    return np.roll(box, quarters, axis=0)


def crop(image: np.ndarray, box: np.ndarray) -> np.ndarray:
    """The box cut out of uint8 [H, W, 3] by perspective, at the picture's own resolution."""
    width, height = (max(1, math.ceil(side - 0.01)) for side in size_of(box))
    level = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    low = np.maximum(np.floor(box.min(axis=0)).astype(int) - 2, 0)
    high = np.ceil(box.max(axis=0)).astype(int) + 3
    window = image[low[1] : high[1], low[0] : high[0]]
    move = cv2.getPerspectiveTransform(np.array(box - low, np.float32), level)
    return cv2.warpPerspective(
        window, move, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def rotated(image: np.ndarray, turn: int) -> np.ndarray:
    """The picture turned clockwise by 0, 90, 180 or 270 degrees."""
    return cv2.rotate(image, _ROTATIONS[turn]) if turn else image
