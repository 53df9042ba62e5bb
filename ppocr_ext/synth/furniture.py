"""What else is in the crop of a line: rules, table lines, frames, pieces of the lines around it.

Each function draws into ``scene.crop`` in place.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Scene:
    """A crop that holds its line already: [H, W] uint8, 0 paper .. 255 ink, rows from the top."""

    crop: np.ndarray
    baseline: int
    ascent: int  # rows of ink above the baseline
    ink_height: int
    size: int  # pixels an em
    neighbour: Callable[[int, bool], None]  # draws another line: rows inside, above or below

    @property
    def top(self) -> int:
        """The first row of the line's ink."""
        return self.baseline - self.ascent

    @property
    def bottom(self) -> int:
        """The row after the line's ink."""
        return self.top + self.ink_height


def _rule(scene: Scene, rng: random.Random, start: tuple[int, int], end: tuple[int, int]) -> None:
    thickness = max(1, round(scene.size * rng.uniform(0.03, 0.09)))
    line = np.zeros_like(scene.crop)
    cv2.line(line, start, end, rng.randint(120, 255), thickness)
    np.maximum(scene.crop, line, out=scene.crop)


def underline(scene: Scene, rng: random.Random) -> None:
    """A rule that runs through tails and dots below, from somewhere to somewhere."""
    width = scene.crop.shape[1]
    row = scene.baseline + round(scene.size * rng.uniform(0.08, 0.25))
    start, end = (0, width) if rng.random() < 0.6 else sorted(rng.sample(range(width), 2))
    _rule(scene, rng, (start, row), (end, row))


def leader(scene: Scene, rng: random.Random) -> None:
    """The dotted line of a form that its entry is written on."""
    row = min(scene.baseline + round(scene.size * rng.uniform(0.02, 0.2)), scene.crop.shape[0] - 1)
    pitch = max(2, round(scene.size * rng.uniform(0.15, 0.35)))
    dot = max(1, round(scene.size * 0.06))
    for x in range(rng.randrange(pitch), scene.crop.shape[1] - dot, pitch):
        spot = scene.crop[row : row + dot, x : x + dot]
        np.maximum(spot, 200, out=spot)


def table(scene: Scene, rng: random.Random) -> None:
    """Table lines above, below or beside the text, as near as touching it."""
    height, width = scene.crop.shape
    near = round(scene.size * 0.08)
    if rng.random() < 0.5:
        row = max(0, scene.top - rng.randint(-near // 2, 2 * near))
        _rule(scene, rng, (0, row), (width, row))
    if rng.random() < 0.5:
        row = min(height - 1, scene.bottom + rng.randint(-near // 2, 2 * near))
        _rule(scene, rng, (0, row), (width, row))
    for column in (0, width - 1):
        if rng.random() < 0.35:
            _rule(scene, rng, (column, 0), (column, height))


def cell(scene: Scene, rng: random.Random) -> None:
    """Upright rules of a narrow column, close to the text at either end."""
    height, width = scene.crop.shape
    near = max(1, round(scene.size * rng.uniform(0.02, 0.25)))
    sides = rng.choice(((near,), (width - 1 - near,), (near, width - 1 - near)))
    columns = np.flatnonzero(scene.crop.any(axis=0))
    for column in sides:
        if not columns[0] <= column <= columns[-1]:
            _rule(scene, rng, (column, 0), (column, height))


def picture(scene: Scene, rng: random.Random) -> None:
    """A piece of an ornament or a drawing at one end: spots and arcs that are no letters."""
    height, width = scene.crop.shape
    reach = round(scene.size * rng.uniform(0.2, 0.8))
    columns = np.flatnonzero(scene.crop.any(axis=0))
    side = np.zeros((height, width), np.uint8)
    for _ in range(rng.randint(1, 4)):
        at = (rng.randint(-reach, reach // 3), rng.randrange(height))
        axes = [max(1, round(reach * rng.uniform(0.1, 0.9))) for _ in range(2)]
        thick = rng.choice((-1, max(1, reach // 8)))
        cv2.ellipse(side, at, axes, rng.uniform(0, 180), 0, rng.uniform(90, 360), 255, thick)
    if rng.random() < 0.7:
        side = side[:, ::-1]
    side[:, columns[0] : columns[-1] + 1] = 0
    np.maximum(scene.crop, side // rng.choice((1, 1, 2)), out=scene.crop)


def frame(scene: Scene, rng: random.Random) -> None:
    """The edge of a box at the border of the crop."""
    height, width = scene.crop.shape
    for start, end in (
        ((0, 0), (width, 0)),
        ((0, height - 1), (width, height - 1)),
        ((0, 0), (0, height)),
        ((width - 1, 0), (width - 1, height)),
    ):
        if rng.random() < 0.5:
            _rule(scene, rng, start, end)


def _intrusion(rng: random.Random, room: int, height: int) -> int:
    """Rows that a neighbouring line reaches into the crop: into the free room, little further."""
    return min(round(height * rng.uniform(0.03, 0.3)), room + round(height * 0.04))


def above(scene: Scene, rng: random.Random) -> None:
    """Tails and dots of the line above."""
    scene.neighbour(_intrusion(rng, scene.top, scene.crop.shape[0]), True)


def below(scene: Scene, rng: random.Random) -> None:
    """Tone marks and tops of the line below."""
    height = scene.crop.shape[0]
    scene.neighbour(_intrusion(rng, height - scene.bottom, height), False)


def shadow(scene: Scene, rng: random.Random) -> None:
    """The faint shadow of raised letters, down and to one side."""
    offset = max(1, round(scene.size * rng.uniform(0.03, 0.07)))
    moved = np.roll(scene.crop, (offset, rng.choice((-offset, offset))), (0, 1)) // 3
    np.maximum(scene.crop, moved, out=scene.crop)


FURNITURE: dict[str, Callable[[Scene, random.Random], None]] = {
    "underline": underline,
    "leader": leader,
    "table": table,
    "cell": cell,
    "picture": picture,
    "frame": frame,
    "above": above,
    "below": below,
    "shadow": shadow,
}
