"""Vietnamese marks as strokes of a pen: ``[n, 3]`` float32 of x, y, width in x-heights, y down.

Who writes fast makes a dash of a circumflex, a tick of a horn and a comma of a hook, puts tones
beside circumflexes rather than on them, and late: to the right of their letter.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ppocr_ext.synth.outlines import bezier

Point = tuple[float, float]


class Habit(NamedTuple):
    """How one writer makes marks. Lengths are in x-heights, the rest are shares."""

    size: float  # of a mark, against the usual one
    gap: float  # between a letter and its mark
    late: float  # how far tones lie to the right
    hasty: float  # how often a mark is reduced to a dash, a tick or a comma
    stacked: float  # how often a tone stands on a circumflex
    loose: float  # how far marks stray


class Box(NamedTuple):
    """Where a letter's ink lies, in x-heights, y down: ``left`` and ``right`` of its upper half."""

    left: float
    right: float
    top: float
    bottom: float
    stem: float  # x of the ascender of d


def habit(rng: random.Random) -> Habit:
    return Habit(
        size=rng.uniform(0.75, 1.35),
        gap=rng.uniform(0.08, 0.35),
        late=rng.uniform(-0.05, 0.3) if rng.random() < 0.65 else rng.uniform(0.3, 0.8),
        hasty=rng.choice((0.05, 0.3, 0.6, 0.9)),
        stacked=rng.choice((0.0, 0.15, 0.5)),
        loose=rng.uniform(0.02, 0.1),
    )


def _stroke(controls: Sequence[Point], x: float, y: float, size: float, turn: float) -> np.ndarray:
    """Bezier control points, in marks (y up) → a stroke at (x, y) (y down), turned a little."""
    points = bezier(controls, 4 + 3 * (len(controls) - 1))
    sine, cosine = np.sin(turn), np.cos(turn)
    made = np.ones((len(points), 3), np.float32)
    made[:, 0] = x + size * (points[:, 0] * cosine - points[:, 1] * sine)
    made[:, 1] = y - size * (points[:, 0] * sine + points[:, 1] * cosine)
    return made


# Control points of each mark, 1 wide or high, standing on 0: written with care, and in haste.
_CAREFUL: dict[str, tuple[tuple[Point, ...], ...]] = {
    "circumflex": (
        ((-0.5, 0.0), (0.0, 0.62), (0.0, 0.62), (0.5, -0.05)),
        ((-0.45, 0.0), (-0.1, 0.75), (0.1, 0.75), (0.45, 0.0)),
    ),
    "breve": (
        ((-0.45, 0.4), (-0.25, -0.15), (0.25, -0.15), (0.45, 0.4)),
        ((-0.4, 0.4), (0.0, -0.35), (0.4, 0.45)),
    ),
    "acute": (((-0.2, 0.0), (0.35, 0.7)), ((-0.1, 0.0), (0.1, 0.3), (0.35, 0.75))),
    "grave": (((-0.35, 0.65), (0.2, 0.0)), ((-0.3, 0.7), (0.0, 0.2), (0.2, 0.0))),
    "hook": (
        ((-0.25, 0.55), (-0.05, 1.0), (0.55, 0.75), (0.1, 0.4), (0.05, 0.0)),
        ((-0.2, 0.5), (0.1, 0.95), (0.5, 0.6), (0.0, 0.15)),
    ),
    "tilde": (
        ((-0.55, 0.0), (-0.25, 0.75), (0.2, -0.45), (0.55, 0.35)),
        ((-0.5, 0.1), (-0.2, 0.5), (0.2, -0.2), (0.5, 0.3)),
    ),
    "horn": (((-0.15, -0.2), (0.35, -0.2), (0.35, 0.3)), ((-0.1, -0.1), (0.3, 0.0), (0.25, 0.35))),
}
_HASTY: dict[str, tuple[tuple[Point, ...], ...]] = {
    "circumflex": (((-0.5, 0.1), (0.0, 0.35), (0.5, 0.15)), ((-0.45, 0.15), (0.45, 0.2))),
    "breve": (((-0.4, 0.3), (0.0, 0.0), (0.4, 0.35)),),
    "acute": (((-0.15, 0.0), (0.5, 1.0)), ((-0.3, 0.1), (0.4, 0.55))),
    "grave": (
        ((-0.45, 0.6), (0.2, 0.2)),
        ((-0.4, 0.5), (0.0, 0.45), (0.3, 0.1)),
        ((-0.45, 0.4), (0.35, 0.25)),  # all but flat
    ),
    "hook": (((-0.1, 0.55), (0.4, 0.7), (0.1, 0.1)), ((-0.2, 0.4), (0.3, 0.65), (0.15, 0.2))),
    "tilde": (((-0.55, 0.15), (-0.1, 0.4), (0.1, 0.0), (0.55, 0.25)), ((-0.5, 0.2), (0.5, 0.25))),
    "horn": (
        ((0.0, -0.1), (0.2, 0.3)),
        ((0.0, 0.0), (0.25, 0.05), (0.2, 0.3)),
        ((0.1, 0.35), (0.2, 0.1), (0.0, 0.05)),
    ),
}
_SIZES = {"circumflex": 0.62, "breve": 0.6, "acute": 0.6, "grave": 0.6, "hook": 0.5, "tilde": 0.72}


def drawn(rng: random.Random, own: Habit, box: Box, shape: str, tone: str) -> list[np.ndarray]:
    """The strokes of a letter's shape and tone around its box."""
    made: list[np.ndarray] = []
    near = box.top - own.gap
    middle = (box.left + box.right) / 2
    if shape == "stroke":
        made.append(_bar(rng, own, box))
    elif shape == "horn":
        x, y = box.right + rng.uniform(-0.12, 0.12), box.top + rng.uniform(-0.12, 0.3)
        made.append(_mark(rng, own, shape, x, y, 0.6))
    elif shape != "none":
        made.append(_mark(rng, own, shape, middle, near, _SIZES[shape]))
    if tone == "dot":
        made.append(_dot(rng, middle + rng.gauss(0.1, 0.15), max(0.0, box.bottom) + 0.2 + own.gap))
    elif tone != "level":
        made.append(_tone(rng, own, box, made if shape in ("breve", "circumflex") else [], tone))
    return made


def _mark(rng: random.Random, own: Habit, name: str, x: float, y: float, size: float) -> np.ndarray:
    ways = (_HASTY if rng.random() < own.hasty else _CAREFUL)[name]
    stray = own.loose
    return _stroke(
        rng.choice(ways),
        x + rng.gauss(0, stray),
        y + rng.gauss(0, stray),
        size * own.size * rng.uniform(0.8, 1.25),
        rng.gauss(0.05, 0.15),
    )


def _tone(
    rng: random.Random, own: Habit, box: Box, below: list[np.ndarray], tone: str
) -> np.ndarray:
    """Over the letter, or beside its circumflex; both to the right by what the writer is late."""
    x, y = (box.left + box.right) / 2 + own.late + abs(rng.gauss(0, own.loose)), box.top - own.gap
    if below:
        hat = below[0]
        top, right, left = hat[:, 1].min(), hat[:, 0].max(), hat[:, 0].min()
        if rng.random() < own.stacked:
            y = top - 0.08
        elif tone == "grave" and rng.random() < 0.6:
            x, y = left - rng.uniform(0.0, 0.15), top + rng.uniform(-0.1, 0.2)
        else:
            x, y = right + own.late / 2 + rng.uniform(0.0, 0.25), top + rng.uniform(-0.15, 0.25)
            if tone == "tilde":
                x, y = x - 0.2, top - 0.05
    return _mark(rng, own, tone, x, y, _SIZES[tone])


def _dot(rng: random.Random, x: float, y: float) -> np.ndarray:
    """A dot, or the short dash that a moving pen makes of it."""
    length = rng.choice((0.02, 0.02, 0.12)) * rng.uniform(0.5, 1.5)
    made = _stroke(((0.0, 0.0), (length, rng.gauss(0, 0.3) * length)), x, y, 1.0, 0.0)
    made[:, 2] = rng.uniform(1.0, 1.4)
    return made


def dot_of_i(rng: random.Random, own: Habit, box: Box) -> np.ndarray:
    """Where the dot of an i lands: late, and high."""
    x = (box.left + box.right) / 2 + max(0.0, own.late * rng.random())
    return _dot(rng, x, box.top - own.gap - rng.uniform(0.1, 0.3))


def _bar(rng: random.Random, own: Habit, box: Box) -> np.ndarray:
    """The bar of đ through its stem, high or at its very top; of Đ through the left side."""
    length = rng.uniform(0.5, 0.9)
    if box.stem > (box.left + box.right) / 2:  # a small d: its stem is on the right
        y = box.top + rng.uniform(0.0, 0.45) * min(1.0, -1.0 - box.top)
        x = box.stem - length * rng.uniform(0.45, 0.75)
    else:
        y = (box.top + box.bottom) / 2 + rng.gauss(0, 0.12)
        x = box.left - length * rng.uniform(0.25, 0.5)
    sag = ((0.0, 0.0), (0.5, rng.gauss(0, 0.08)), (1.0, rng.gauss(0.03, 0.05)))
    return _stroke(sag, x, y, length, 0.0)
