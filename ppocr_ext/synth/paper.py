"""Colours of ink and paper, the paper's texture, and what is printed on it to write on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import cv2
import numpy as np

Ground = Literal[
    "paper",
    "receipt",
    "receipt_scan",
    "scan",
    "screen",
    "white",
    "photo",
    "sign",
    "menu",
    "written",
]

# Ink and paper: darkest, lightest (0..255), and how far to blue and to orange they may lean.
_GROUNDS = {
    "paper": ((5, 90, 8, 8), (190, 252, 8, 8)),
    "receipt": ((10, 85, 25, 5), (140, 225, 45, 12)),
    "scan": ((0, 105, 6, 8), (222, 270, 5, 5)),
    "receipt_scan": ((25, 120, 4, 8), (238, 265, 3, 6)),
    "photo": ((10, 90, 15, 10), (110, 230, 22, 18)),
    "screen": ((0, 70, 12, 8), (225, 275, 8, 5)),
    "written": ((15, 120, 12, 6), (165, 265, 28, 10)),
    "white": ((-40, 50, 0, 0), (250, 300, 0, 0)),
}
# Menus and boards: paper and inks in BGR that designers set together.
_DESIGNS = (
    ((245, 248, 250), ((30, 30, 30), (40, 60, 110), (60, 110, 30), (30, 30, 190), (90, 130, 160))),
    ((205, 228, 245), ((25, 25, 30), (30, 50, 90), (40, 40, 150), (60, 90, 40))),
    ((160, 205, 240), ((20, 25, 30), (30, 40, 80), (50, 50, 140))),
    ((25, 25, 28), ((245, 245, 245), (60, 220, 250), (120, 190, 230), (90, 160, 240))),
    ((70, 80, 20), ((240, 245, 245), (120, 220, 250))),
    ((40, 75, 30), ((245, 245, 245), (90, 220, 245))),
    ((30, 30, 185), ((250, 250, 250), (60, 225, 250))),
    ((40, 200, 250), ((20, 20, 20), (30, 30, 170), (120, 40, 20))),
    ((60, 90, 130), ((20, 25, 30), (235, 240, 245), (150, 210, 235))),
    ((145, 150, 155), ((20, 20, 22), (50, 50, 60), (250, 250, 250))),
    ((130, 70, 20), ((250, 250, 250), (80, 220, 250))),
    ((235, 225, 200), ((110, 70, 20), (30, 30, 30), (40, 40, 160))),
)
_MOST_ALIKE = 70  # ink and paper differ at least this much in luminance, 0..255
_LUMINANCE = np.array([0.114, 0.587, 0.299])  # of B, G, R (ITU-R BT.601)


def _tinted(
    rng: np.random.Generator, low: float, high: float, cold: float, warm: float
) -> np.ndarray:
    """A BGR colour of random brightness, as far to blue or to orange as given, hardly to green."""
    warmth = rng.uniform(-cold, warm) * rng.random()  # mostly little
    green = rng.uniform(-1, 1) * (cold + warm) / 8
    return np.clip(rng.uniform(low, high) + np.array([-warmth, green, warmth]), 0, 255)


def _ink_colour(rng: np.random.Generator) -> np.ndarray:
    """The BGR of a pen, a stamp or coloured print: mostly blue, some red, green, violet."""
    hue = rng.choice([110, 115, 120, 0, 175, 60, 140], p=[0.25, 0.2, 0.15, 0.1, 0.1, 0.1, 0.1])
    hsv = np.array([[[hue, rng.uniform(120, 255), rng.uniform(60, 190)]]], np.uint8)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0, 0].astype(np.float64)


def _pen_colour(rng: np.random.Generator) -> np.ndarray:
    """The BGR of what people write with: blue to violet, pale where it is scanned, seldom red."""
    hue = rng.normal(116, 7) if rng.random() < 0.94 else rng.uniform(150, 179)
    pale = rng.random()
    hsv = np.array([[[hue, rng.uniform(200, 255) - 150 * pale, rng.uniform(80, 150) + 70 * pale]]])
    return cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR)[0, 0].astype(np.float64)


def colours(
    rng: np.random.Generator, ground: Ground, coloured: float
) -> tuple[np.ndarray, np.ndarray]:
    """BGR of ink and paper, far enough apart to read; ``coloured`` is how often ink has a hue."""
    while True:
        if ground in _GROUNDS:
            ink, paper = (_tinted(rng, *values) for values in _GROUNDS[ground])
        elif ground == "menu":
            sheet, inks = _DESIGNS[rng.integers(len(_DESIGNS))]
            ink, paper = (
                np.clip(rng.normal(0, 14, 3) + rng.normal(0, 10) + each, 0, 255)
                for each in (inks[rng.integers(len(inks))], sheet)
            )
        else:
            ink, paper = rng.uniform(0, 255, 3), rng.uniform(0, 255, 3)
        if rng.random() < coloured:
            ink = _pen_colour(rng) if ground == "written" else _ink_colour(rng)
        if abs(float((ink - paper) @ _LUMINANCE)) >= _MOST_ALIKE:
            return ink, paper


def textured(
    rng: np.random.Generator, paper: np.ndarray, shape: tuple[int, ...], strength: float
) -> np.ndarray:
    """[*shape, 3] float32 of one colour with fibres and slow changes of tone."""
    height, width = shape
    cell = height * rng.uniform(0.3, 2.0)
    small = rng.standard_normal((int(height / cell) + 2, int(width / cell) + 2), dtype=np.float32)
    tone = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    tone *= np.float32(7 * strength * rng.random())
    grain = cv2.blur(rng.standard_normal((height, width), dtype=np.float32), (2, 1))
    tone += grain * np.float32(6 * strength * rng.random())
    return paper.astype(np.float32) + tone[..., None]


def colour(
    ink: np.ndarray,
    rng: np.random.Generator,
    ground: Ground,
    coloured: float,
    invert: bool,
    texture: float,
    ruling: Ruling | None = None,
) -> np.ndarray:
    """ink [H, W, 1 or 3] 0..1 → [H, W, 3] float32 BGR: one colour on textured paper of another."""
    dark, light = colours(rng, ground, coloured)
    if invert:
        dark, light = light, dark
    paper = textured(rng, light, ink.shape[:2], texture)
    if ruling:
        ruling(paper, rng, place(ink))
    return paper + (dark.astype(np.float32) - paper) * ink


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


def _grid(paper: np.ndarray, rng: np.random.Generator, top: int, bottom: int, pitch: float) -> None:
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
    _grid(paper, rng, int(at.base % pitch), height, pitch)


RULINGS: dict[str, Ruling] = {"line": line, "dots": dots, "box": box, "squares": squares}
