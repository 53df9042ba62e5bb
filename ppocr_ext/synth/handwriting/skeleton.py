"""The way of the pen in a letter: its middle lines, taken from the letter of a font by thinning."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import hypot

import cv2
import numpy as np

from ppocr_ext.synth.fonts import freetype

X_HEIGHT = 40  # pixels of a small x where letters are thinned: strokes are 2 to 8 of them wide
_STEP = 0.08  # x-heights between points of a stroke
_SMOOTH = np.array([1, 4, 6, 4, 1]) / 16
Pixel = tuple[int, int]
_AROUND = ((-1, 0), (0, 1), (1, 0), (0, -1), (-1, -1), (-1, 1), (1, 1), (1, -1))


@lru_cache(maxsize=1_000)
def x_height(path: str, axes: tuple[float, ...]) -> float:
    """How high a small ``x`` is, in em."""
    font = freetype(path, axes, 100)
    return max(-font.getbbox("x", anchor="ls")[1], 10) / 100


@lru_cache(maxsize=10_000)
def strokes(path: str, axes: tuple[float, ...], character: str) -> tuple[np.ndarray, ...]:
    """The strokes of a letter: each ``[n, 3]`` float32 of x, y, width, n >= 2.

    In x-heights of the font from the letter's origin on the baseline, y down.
    """
    from PIL import Image, ImageDraw
    from skimage.morphology import skeletonize

    size = max(8, round(X_HEIGHT / x_height(path, axes)))
    font = freetype(path, axes, size)
    left, top, right, bottom = font.getbbox(character, anchor="ls")
    x, y = round(2 - left), round(2 - top)
    canvas = Image.new("L", (round(right) + x + 2, round(bottom) + y + 2))
    ImageDraw.Draw(canvas).text((x, y), character, fill=255, font=font, anchor="ls")
    ink = np.asarray(canvas) > 127
    reach = cv2.distanceTransform(ink.astype(np.uint8), cv2.DIST_L2, 3)
    thin = skeletonize(ink)  # type: ignore[no-untyped-call]
    wide = float(np.median(reach[thin])) if thin.any() else 1.0
    ways = _joined(_paths(thin, round(2 * wide)))
    return tuple(_smoothed(np.array(way), reach, (y, x)) for way in ways)


def _smoothed(way: np.ndarray, reach: np.ndarray, origin: Pixel) -> np.ndarray:
    """Pixels (row, column) of one stroke → evenly spaced points, without the pixels' stairs."""
    widths = 2 * reach[way[:, 0], way[:, 1]]
    points = np.column_stack((way[:, 1] - origin[1], way[:, 0] - origin[0], widths)) / X_HEIGHT
    if len(points) < 3:  # a dot
        points = np.vstack((points, points[-1:] + np.array([[0.01, 0, 0]])))
    elif len(points) > 5:
        for _ in range(3):
            padded = np.pad(points, ((2, 2), (0, 0)), mode="reflect", reflect_type="odd")
            points = sum(
                weight * padded[at : at + len(points)] for at, weight in enumerate(_SMOOTH)
            )
    along = np.concatenate(([0], np.cumsum(np.hypot(*np.diff(points[:, :2], axis=0).T))))
    places = np.linspace(0, along[-1], max(2, round(along[-1] / _STEP) + 1))
    columns = [np.interp(places, along, column) for column in points.T]
    return np.column_stack(columns).astype(np.float32)


def _near(pixels: set[Pixel], at: Pixel) -> list[Pixel]:
    """The neighbours of a pixel; a diagonal one only where no straight one leads to it."""
    y, x = at
    found = [(y + dy, x + dx) for dy, dx in _AROUND[:4] if (y + dy, x + dx) in pixels]
    return found + [
        (y + dy, x + dx)
        for dy, dx in _AROUND[4:]
        if (y + dy, x + dx) in pixels and (y + dy, x) not in pixels and (y, x + dx) not in pixels
    ]


def _paths(thin: np.ndarray, spur: int) -> list[list[Pixel]]:
    """The lines of a skeleton between its ends and crossings, without short spurs."""
    pixels = {(int(y), int(x)) for y, x in np.argwhere(thin)}
    near = {at: _near(pixels, at) for at in pixels}
    ways = list(_walk(near))
    for way in ways:
        ends = len(near[way[0]]), len(near[way[-1]])
        if 1 in ends and max(ends) > 2 and len(way) <= spur:
            pixels.difference_update(at for at in way if len(near[at]) <= 2)
    if len(pixels) == len(near):
        return ways
    return list(_walk({at: _near(pixels, at) for at in pixels}))


def _walk(near: dict[Pixel, list[Pixel]]) -> Iterator[list[Pixel]]:
    """Every line between two pixels that do not have two neighbours; then the closed ones."""
    used: set[tuple[Pixel, Pixel]] = set()
    seen: set[Pixel] = set()
    nodes = {at: None for at in near if len(near[at]) != 2}
    for start in (*nodes, *near):
        if start in seen and start not in nodes:
            continue
        if not near[start] and start not in seen:
            yield [start]
        for following in near[start]:
            if (start, following) in used:
                continue
            way = [start, following]
            while len(near[way[-1]]) == 2 and way[-1] != start:
                ahead = [at for at in near[way[-1]] if at != way[-2]]
                way.append(ahead[0])
            used |= {(way[0], way[1]), (way[-1], way[-2])}
            seen.update(way)
            yield way


def _joined(ways: list[list[Pixel]]) -> list[list[Pixel]]:
    """Lines that run straight on through a crossing become one stroke."""
    held = dict(enumerate(ways))
    ends: dict[Pixel, list[tuple[int, bool]]] = {}
    for index, way in held.items():
        if len(way) > 1 and way[0] != way[-1]:
            ends.setdefault(way[0], []).append((index, True))
            ends.setdefault(way[-1], []).append((index, False))
    owner = {index: index for index in held}

    def find(index: int) -> int:
        while owner[index] != index:
            index = owner[index]
        return index

    for at, meeting in ends.items():
        pairs = [
            (_turn(ways[a], a_first, ways[b], b_first), a, b)
            for number, (a, a_first) in enumerate(meeting)
            for b, b_first in meeting[number + 1 :]
        ]
        taken: set[int] = set()
        for turn, a, b in sorted(pairs):
            first, second = find(a), find(b)
            if turn > -0.3 or taken & {a, b} or first == second:
                continue
            left, right = held[first], held[second]
            left = left if left[-1] == at else left[::-1]
            right = right if right[0] == at else right[::-1]
            if left[-1] == right[0] == at:
                held[first] = left + right[1:]
                del held[second]
                owner[second] = first
                taken |= {a, b}
    return list(held.values())


def _turn(left: list[Pixel], left_first: bool, right: list[Pixel], right_first: bool) -> float:
    """The cosine between two lines where they leave a crossing: -1 runs straight on."""
    vectors = []
    for way, first in ((left, left_first), (right, right_first)):
        ahead = min(7, len(way) - 1)
        start, end = (way[0], way[ahead]) if first else (way[-1], way[-1 - ahead])
        vectors.append((end[0] - start[0], end[1] - start[1]))
    (ay, ax), (by, bx) = vectors
    return (ay * by + ax * bx) / (hypot(ay, ax) * hypot(by, bx) or 1.0)
