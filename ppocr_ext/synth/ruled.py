"""What is printed on the paper that people write on: lines, dots, boxes, squares of exercise books.

Each function draws on ``paper``, [H, W, 3] float32 BGR 0..255, in place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np


class Place(NamedTuple):
    """Where the writing is: the row it stands on, and the column where it ends."""

    base: int
    end: int


Ruling = Callable[[np.ndarray, np.random.Generator, Place], None]


def place(ink: np.ndarray) -> Place:
    """Found in the ink, [H, W, ...] 0..1: below its baseline ink gets rare."""
    plane = ink.reshape(*ink.shape[:2], -1)[..., 0]
    rows, columns = plane.sum(axis=1), plane.max(axis=0)
    heavy, inked = np.flatnonzero(rows > 0.5 * rows.max()), np.flatnonzero(columns > 0.2)
    if not len(heavy) or not len(inked):
        return Place(ink.shape[0] * 3 // 4, ink.shape[1])
    return Place(int(heavy[-1]), int(inked[-1]))


def _stroke(
    paper: np.ndarray,
    start: tuple[float, float],
    end: tuple[float, float],
    wide: float,
    dark: float,
) -> None:
    """A printed line of any width, darkening the paper by the share ``dark``."""
    cover = np.zeros(paper.shape[:2], np.uint8)
    points = [tuple(round(value * 8) for value in point) for point in (start, end)]
    cv2.line(cover, points[0], points[1], 255, max(1, round(wide)), cv2.LINE_AA, 3)
    paper *= 1 - cover[..., None].astype(np.float32) * np.float32(dark * min(wide, 1.0) / 255)


def _tinted(
    paper: np.ndarray, rng: np.random.Generator, top: int, bottom: int, pitch: float
) -> None:
    """Blue or violet rows and columns, as in exercise books."""
    height, width = paper.shape[:2]
    grid = np.zeros((height, width), np.float32)
    for row in np.arange(top, bottom, pitch):
        grid[int(row) : int(row) + 1] = 1
    for column in np.arange(rng.uniform(0, pitch), width, pitch):
        grid[:, int(column) : int(column) + 1] = 1
    grid = cv2.GaussianBlur(grid, (0, 0), rng.uniform(0.4, 0.8)) * np.float32(
        rng.uniform(0.15, 0.6)
    )
    tint = np.array([rng.uniform(0.0, 0.3), rng.uniform(0.3, 0.8), rng.uniform(0.5, 1.0)])
    paper *= 1 - grid[..., None] * tint.astype(np.float32)


def line(paper: np.ndarray, rng: np.random.Generator, at: Place) -> None:
    """A rule below the writing, as letter paper and forms have, sometimes one above it, too."""
    height, width = paper.shape[:2]
    tilt, wide, dark = rng.normal(0, 0.03) * height, rng.uniform(0.5, 1.6), rng.uniform(0.15, 0.8)
    row = at.base + height * rng.uniform(-0.05, 0.15)
    for each in (row, row - height * rng.uniform(0.7, 1.0))[: rng.integers(1, 3)]:
        _stroke(paper, (0, each), (width, each + tilt), wide, dark)


def dots(paper: np.ndarray, rng: np.random.Generator, at: Place) -> None:
    """The dotted line that a form leaves for an entry."""
    height, width = paper.shape[:2]
    pitch, wide = height * rng.uniform(0.06, 0.16), height * rng.uniform(0.01, 0.025)
    row = at.base + height * rng.uniform(-0.03, 0.12)
    tilt, dark = rng.normal(0, 0.02) * height, rng.uniform(0.3, 0.9)
    start = width * rng.choice((0.0, rng.uniform(0, 0.3)))
    for x in np.arange(start, width, pitch):
        y = row + tilt * x / width
        spot = paper[int(y) : int(y + wide) + 1, int(x) : int(x + wide) + 1]
        spot *= np.float32(1 - dark)


def box(paper: np.ndarray, rng: np.random.Generator, at: Place) -> None:
    """The frame of a form's field; right of it begins another part of the form, or the table."""
    height, width = paper.shape[:2]
    wide, dark = height * rng.uniform(0.012, 0.045), rng.uniform(0.55, 0.95)
    lean = rng.normal(0, 0.04) * height
    right = max(width - height * rng.uniform(0, 1.5), at.end + height * rng.uniform(-0.05, 0.3))
    left = rng.choice((-1.0, height * rng.uniform(0, 0.1)))
    top, bottom = height * rng.uniform(-0.04, 0.06), height * rng.uniform(0.94, 1.04)
    edge = max(1, int(right))
    if rng.random() < 0.5:
        paper[:, edge:] += np.float32(rng.uniform(-30, 40))
    corners = [(left, top), (right + lean, top), (right, bottom), (left, bottom)]
    for start, end in zip(corners, (*corners[1:], corners[0]), strict=True):
        if rng.random() < 0.8:
            _stroke(paper, start, end, wide, dark)


def squares(paper: np.ndarray, rng: np.random.Generator, at: Place) -> None:
    """The squares of an exercise book; a line stands on one of its rows."""
    height = paper.shape[0]
    pitch = height * rng.uniform(0.12, 0.3)
    _tinted(paper, rng, int(at.base % pitch), height, pitch)


RULINGS: dict[str, Ruling] = {"line": line, "dots": dots, "box": box, "squares": squares}
